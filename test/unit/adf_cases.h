/*
 * adf_cases.h
 *	  Documents, and the text that they are to be read as.  In the JSON a '
 *	  stands for a ".
 */
#ifndef ADF_CASES_H
#define ADF_CASES_H

#define DOC(content) "{'type':'doc','version':1,'content':[" content "]}"
#define NODE(type, content) "{'type':'" type "','content':[" content "]}"
#define ATOM(type, attrs) "{'type':'" type "','attrs':{" attrs "}}"
#define BOTH(type, attrs, content) "{'type':'" type "','attrs':{" attrs "},'content':[" content "]}"
#define P(content) NODE("paragraph", content)
#define T(text) "{'type':'text','text':'" text "'}"
#define LINK(text, href, more) "{'type':'text','text':'" text "','marks':[" more "{'type':'link','attrs':{'href':'" href "'}}]}"
#define BR "{'type':'hardBreak'}"
#define ITEM(content) NODE("listItem", content)
#define CELL(content) NODE("tableCell", content)
#define TASK(state, content) BOTH("taskItem", "'state':'" state "'", content)

/* INDENT OFF */
static const struct Case
{
	const char *name;
	const char *document;
	const char *text;
} cases[] = {
	{"no content", "{'type':'doc'}", ""},
	{"paragraphs and breaks", DOC(P(T("a") "," BR "," T("b")) "," P("") "," P(T("c"))),
		"a\nb\n\n\n\nc"},
	{"marks of text are left out", DOC(P(T("a ")
		",{'type':'text','text':'b','marks':[{'type':'strong'},{'type':'em'}]}")), "a b"},
	{"headings", DOC(BOTH("heading", "'level':1", T("One")) "," BOTH("heading", "'level':6", T("Six"))
		"," BOTH("heading", "'level':99", T("Far")) "," NODE("heading", T("None"))),
		"# One\n\n###### Six\n\n###### Far\n\n# None"},
	{"rule", DOC(P(T("a")) ",{'type':'rule'}," P(T("b"))), "a\n\n----\n\nb"},

	{"link", DOC(P(T("see ") "," LINK("here", "http://x/", "") "," T("."))), "see here (http://x/)."},
	{"link that shows its address", DOC(P(LINK("http://x/", "http://x/", ""))), "http://x/"},
	{"link of several nodes", DOC(P(LINK("very ", "http://x/", "") ","
		LINK("bold", "http://x/", "{'type':'strong'},") "," LINK("next", "http://y/", ""))),
		"very bold (http://x/)next (http://y/)"},
	{"link on a picture", DOC(NODE("mediaSingle",
		"{'type':'media','attrs':{'alt':'p'},'marks':[{'type':'link','attrs':{'href':'http://x/'}}]}")),
		"[media: p] (http://x/)"},

	{"bullets", DOC(NODE("bulletList", ITEM(P(T("a"))) "," ITEM(P(T("b") "," BR "," T("c")) ","
		NODE("bulletList", ITEM(P(T("d"))))) "," ITEM(P(T("e"))))), "- a\n- b\n  c\n  - d\n- e"},
	{"numbers", DOC(BOTH("orderedList", "'order':9", ITEM(P(T("a"))) ","
		ITEM(P(T("b")) "," NODE("orderedList", ITEM(P(T("c"))))) "," ITEM(P(T("d")) "," P(T("e"))))),
		"9. a\n10. b\n    1. c\n11. d\n    e"},
	{"numbers from 0, and from nonsense", DOC(BOTH("orderedList", "'order':0", ITEM(P(T("a")))) ","
		BOTH("orderedList", "'order':'x'", ITEM(P(T("b")))) ","
		BOTH("orderedList", "'order':9223372036854775807", ITEM("") "," ITEM(""))),
		"0. a\n\n1. b\n\n9223372036854775807. \n9223372036854775808. "},
	{"list that begins with a list", DOC(NODE("bulletList", ITEM(NODE("bulletList", ITEM(P(T("a"))))))),
		"- - a"},
	{"tasks, nested beside each other", DOC(NODE("taskList", TASK("DONE", T("a")) ","
		NODE("taskList", TASK("TODO", T("b"))) ","
		BOTH("blockTaskItem", "'state':'TODO'", P(T("c")) "," P(T("d"))))),
		"- [x] a\n  - [ ] b\n- [ ] c\n  d"},
	{"decisions", DOC(NODE("decisionList", NODE("decisionItem", T("a") "," LINK("b", "http://x/", "")))),
		"- [decision] ab (http://x/)"},

	{"code", DOC(BOTH("codeBlock", "'language':'sql'", T("SELECT 1;\\n\\n  -- *") "," T("x")) ","
		NODE("codeBlock", "")), "```sql\nSELECT 1;\n\n  -- *x\n```\n\n```\n```"},
	{"code in a list", DOC(NODE("bulletList", ITEM(NODE("codeBlock", T("a\\n\\nb"))))),
		"- ```\n  a\n\n  b\n  ```"},
	{"quote", DOC(NODE("blockquote", P(T("a") "," BR "," T("b")) "," P(T("c")))), "> a\n> b\n>\n> c"},
	{"quote around a list around a quote", DOC(NODE("blockquote", NODE("bulletList",
		ITEM(P(T("a")) "," NODE("blockquote", P(T("b")) "," P(T("c"))))) "," P(T("d")))),
		"> - a\n>   > b\n>   >\n>   > c\n>\n> d"},
	{"panel", DOC(BOTH("panel", "'panelType':'warning'", P(T("a")) "," P(T("b")))), "[warning]\na\n\nb"},
	{"expands", DOC(BOTH("expand", "'title':'More'", P(T("a")) ","
		BOTH("nestedExpand", "'title':''", P(T("b"))))), "More\na\n\nb"},
	{"columns", DOC(NODE("layoutSection", NODE("layoutColumn", P(T("a"))) "," NODE("layoutColumn", P(T("b"))))),
		"a\n\nb"},

	{"table", DOC(NODE("table", NODE("tableRow", NODE("tableHeader", P(T("A"))) "," NODE("tableHeader", P(T("B")))) ","
		NODE("tableRow", CELL(P(T("1"))) "," CELL(P("")) "," CELL(P(T("3")))))), "A | B\n1 |  | 3"},
	{"cells with lines, lists and tables", DOC(NODE("table", NODE("tableRow",
		CELL(P(BR "," T("a") "," BR "," T("b")) "," P(T("c"))) ","
		CELL(NODE("bulletList", ITEM(P(T("d"))) "," ITEM(P(T("e"))))) ","
		CELL(NODE("table", NODE("tableRow", CELL(P(T("f"))) "," CELL(P(T("g")))))))) "," P(T("h"))),
		"a b c | - d - e | f | g\n\nh"},
	{"table in a list", DOC(NODE("bulletList", ITEM(P(T("a")) "," NODE("table",
		NODE("tableRow", CELL(P(BR)) "," CELL(P(T("b")))))))), "- a\n   | b"},

	{"mentions", DOC(P(ATOM("mention", "'id':'1','text':'@Ann'") "," T(" ") ","
		ATOM("mention", "'id':'2','text':''") "," T(" ") ",{'type':'mention'}")), "@Ann @2 [mention]"},
	{"emoji", DOC(P(ATOM("emoji", "'shortName':':x:','text':'\xf0\x9f\x98\x80'") ","
		ATOM("emoji", "'shortName':':x:'"))), "\xf0\x9f\x98\x80:x:"},
	{"dates", DOC(P(ATOM("date", "'timestamp':'1717113600000'") "," T(" ") ","
		ATOM("date", "'timestamp':'-1'") "," T(" ") "," ATOM("date", "'timestamp':'soon'") "," T(" ") ","
		ATOM("date", "'timestamp':'9223372036854775807'") "," T(" ") ",{'type':'date'}")),
		"2024-05-31 1969-12-31 soon 292278994-08-17 [date]"},
	{"status and placeholder", DOC(P(ATOM("status", "'text':'DONE','color':'green'") ","
		ATOM("placeholder", "'text':'name'"))), "[DONE][name]"},
	{"cards", DOC(P(T("a ") "," ATOM("inlineCard", "'url':'http://x/'")) ","
		ATOM("blockCard", "'data':{'url':'http://y/'}") "," ATOM("embedCard", "'data':{'name':'Z'}") ","
		ATOM("blockCard", "'datasource':{}")), "a http://x/\n\nhttp://y/\n\nZ\n\n[blockCard]"},
	{"media", DOC(NODE("mediaSingle", ATOM("media", "'id':'1','alt':'plan'") "," NODE("caption", T("A plan"))) ","
		NODE("mediaGroup", ATOM("media", "'id':'2'") "," ATOM("media", "'url':'http://x/'")) ","
		P(T("a ") "," ATOM("mediaInline", "'id':'3','alt':''")) "," NODE("mediaSingle", "")),
		"[media: plan]\nA plan\n\n[media: 2]\n[media: http://x/]\n\na [media: 3]\n\n[mediaSingle]"},
	{"extensions", DOC(ATOM("extension", "'extensionKey':'toc'") ","
		BOTH("bodiedExtension", "'extensionKey':'box'", P(T("a")) "," P(T("b"))) ","
		P(T("c ") "," ATOM("inlineExtension", "'extensionKey':'clock','text':'12:00'"))),
		"[extension: toc]\n\n[extension: box]\na\n\nb\n\nc [extension: clock] 12:00"},

	{"unknown types", DOC(P(T("a ") ",{'type':'hologram'}," T(" b")) "," NODE("scroll", P(T("c"))) ","
		NODE("void", "") ",{'type':'syncBlock'}," P(T("d"))),
		"a [hologram] b\n\nc\n\n[void][syncBlock]\n\nd"},
	{"what is no node at all", DOC("'a',null,{'type':7},{},[1]," P("'b'") ",{'type':'text'},{'type':'text','text':1}"),
		"a[unknown][unknown][unknown][unknown]\n\nb\n\n[text][text]"},
	{"members of a wrong type", DOC("{'type':'paragraph','content':{'a':1}},"
		"{'type':'status','attrs':[1]},{'type':'orderedList','content':7},"
		"{'type':'text','text':'x','marks':[1,{'type':'link'},{'type':'link','attrs':{'href':1}}]}"),
		"\n\n[status]\n\n\n\nx"}
};
/* INDENT ON */

#endif							/* ADF_CASES_H */
