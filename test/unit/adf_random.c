/*
 * adf_random.c
 *	  Random texts and documents, the same in every run.
 */
#include "postgres.h"

#include "adf_test.h"

#undef snprintf

int			words = 0;

static uint64
random_below(uint64 limit)
{
	static uint64 state = 20240531;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % limit;
}

/* Appends a character in UTF-8. */
static char *
put_character(char *out, uint32 c)
{
	static const int lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	int			bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	*out++ = lead[bytes] | (c >> (6 * (bytes - 1)));
	for (int i = bytes - 2; i >= 0; i--)
		*out++ = 0x80 | ((c >> (6 * i)) & 0x3F);
	return out;
}

static uint32
random_character(void)
{
	static const char special[] = "\n\n\n\n\n\n \t\r#-*>|`[]()\\\"'{}1.\x01\x1f\x7f";
	static const uint32 limits[] = {0x80, 0x800, 0x10000, 0x110000};
	uint32		c;

	if (random_below(2) == 0)
		return special[random_below(sizeof(special) - 1)];
	c = 1 + random_below(limits[random_below(lengthof(limits))] - 1);
	/* Surrogates are not in UTF-8. */
	return c >= 0xD800 && c < 0xE000 ? 0x1F600 : c;
}

void
random_text(char *text)
{
	for (int n = random_below(MAX_CHARACTERS + 1); n > 0; n--)
		text = put_character(text, random_character());
	*text = '\0';
}

static json_t *
random_value(int depth)
{
	switch (random_below(depth > 0 ? 7 : 5))
	{
		case 0:
			return json_integer((json_int_t) random_below(UINT64CONST(1) << 53) - 5);
		case 1:
			return json_string("");
		case 2:
			return json_null();
		case 3:
			return json_string("1717113600000");
		case 4:
			return json_string("some\ntext");
		case 5:
			return json_pack("{s:o}", "url", random_value(depth - 1));
		default:
			return json_pack("[o]", random_value(depth - 1));
	}
}

static json_t *
random_attributes(void)
{
	static const char *const names[] = {
		"text", "id", "url", "alt", "data", "level", "order", "state", "title",
		"timestamp", "language", "shortName", "panelType", "extensionKey"
	};
	json_t	   *attributes = json_pack("{}");

	for (int i = random_below(5); i > 0; i--)
		json_object_set_new(attributes, names[random_below(lengthof(names))], random_value(2));
	return attributes;
}

static json_t *
random_word(void)
{
	char		word[20];
	json_t	   *text;

	snprintf(word, sizeof(word), "w%d;", words++);
	text = json_pack("{s:s, s:s}", "type", "text", "text", word);
	if (random_below(4) == 0)
		json_object_set_new(text, "marks", json_pack("[{s:s, s:{s:s}}]", "type", "link",
													 "attrs", "href", "http://x/"));
	return text;
}

json_t *
random_node(int depth)
{
	static const char *const names[] = {
		"paragraph", "hardBreak", "doc", "heading", "rule", "blockquote", "codeBlock", "panel",
		"expand", "nestedExpand", "bulletList", "orderedList", "taskList", "decisionList",
		"listItem", "taskItem", "blockTaskItem", "decisionItem", "table", "tableRow",
		"tableHeader", "tableCell", "mention", "emoji", "status", "placeholder", "inlineCard",
		"blockCard", "embedCard", "media", "mediaInline", "mediaSingle", "mediaGroup", "caption",
		"extension", "bodiedExtension", "multiBodiedExtension", "inlineExtension", "unheardOf"
	};
	json_t	   *node;
	json_t	   *content;

	if (depth == 0 || random_below(4) == 0)
		return random_word();
	content = json_array();
	for (int i = random_below(4); i > 0; i--)
		json_array_append_new(content, random_node(depth - 1));
	node = json_pack("{s:s, s:o}", "type", names[random_below(lengthof(names))], "content", content);
	if (random_below(2) == 0)
		json_object_set_new(node, "attrs", random_attributes());
	return node;
}
