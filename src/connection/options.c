/*
 * options.c
 *	  The table of options, and reading and checking their values.
 */
#include "postgres.h"

#include <limits.h>

#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "connection/allowed_hosts.h"
#include "connection/options.h"
#include "http/certificate.h"
#include "http/url.h"
#include "json/value.h"
#include "secret/private_file.h"
#include "utils/budget.h"
#include "utils/compat.h"
#include "utils/quoted.h"
#include "utils/settings.h"

#define MIN_RATE 0.001
#define MAX_RATE 1000

typedef struct Option
{
	const char *name;
	void		(*read) (const struct Option *option, json_t *value, void *field);
	size_t		field;			/* offset in ConnectionOptions */
	int			unit;			/* of a quantity, as settings have it */
	int			max;
	const char *hint;			/* values to give */
} Option;

static void refuse(const Option *option, const char *why, const char *detail);
static void read_path(const Option *option, json_t *value, void *field);
static void read_proxy(const Option *option, json_t *value, void *field);
static void read_quantity(const Option *option, json_t *value, void *field);
static void read_rate(const Option *option, json_t *value, void *field);
static void read_hosts(const Option *option, json_t *value, void *field);

#define AT(name) offsetof(ConnectionOptions, name)

/* clang-format off */
static const Option known[] = {
	{"ca_file", read_path, AT(ca_file), 0, 0,
	 "Give the absolute path of a file with the certificates to trust, in PEM form, which the operating system user of the database server can read."},
	{"client_certificate", read_path, AT(client_certificate), 0, 0,
	 "Give the absolute path of a file with the certificate, and those between it and its authority, in PEM form, which the operating system user of the database server can read."},
	{"client_key", read_path, AT(client_key), 0, 0,
	 "Give the absolute path of a file with the private key of the client certificate, in PEM form without a passphrase, which nobody but the operating system user of the database server can read."},
	{"proxy", read_proxy, AT(proxy), 0, 0,
	 "Give a URL like http://proxy.example.com:3128, with https:// or socks5h:// for such a proxy, and without a user name, a password or a path."},
	{"connect_timeout", read_quantity, AT(connect_timeout), GUC_UNIT_MS, INT_MAX,
	 "Give a number of milliseconds, or a text with a unit like '10s'."},
	{"timeout", read_quantity, AT(timeout), GUC_UNIT_MS, INT_MAX,
	 "Give a number of milliseconds, or a text with a unit like '2min'."},
	{"max_response_size", read_quantity, AT(max_response_size), GUC_UNIT_KB, MAX_RESPONSE_KILOBYTES,
	 "Give a number of kilobytes, or a text with a unit like '10MB'."},
	{"requests_per_second", read_rate, AT(requests_per_second), 0, 0,
	 "Give a number from 0.001 to 1000."},
	{"allowed_hosts", read_hosts, AT(allowed_hosts), 0, 0,
	 "Give an array of host names, like [\"files.example.com\"], without scheme, port and path."},
};
/* clang-format on */

/* "why" is the end of a sentence, "detail" one of its own, or empty. */
static void
refuse(const Option *option, const char *why, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" is not usable: %s", option->name, why),
			 detail && detail[0] ? errdetail("%s", detail) : 0,
			 errhint("%s", option->hint)));
}

static char *
string_of(const Option *option, json_t *value)
{
	if (!json_is_string(value))
		refuse(option, "it must be a string", NULL);
	return value_text(value);
}

static void
read_path(const Option *option, json_t *value, void *field)
{
	char	   *path = string_of(option, value);

	if (!is_absolute_path(path))
		refuse(option, "it must be an absolute path", NULL);
	*(char **) field = path;
}

/* "authority" is what follows the scheme; it must end with a port, or a slash. */
static const char *
proxy_problem(const char *authority)
{
	const char *host_end = authority[0] == '[' ? strchr(authority, ']') : authority;
	const char *port = host_end ? strchr(host_end, ':') : NULL;
	size_t		length = port ? strspn(port + 1, "0123456789") : 0;

	if (length == 0)
		return "it needs a port";
	return port[1 + length] == '\0' || strcmp(port + 1 + length, "/") == 0 ? NULL
		: "it must not have a path";
}

/* url_parse() accepts http and https only. */
static void
read_proxy(const Option *option, json_t *value, void *field)
{
	static const char socks[] = "socks5h://";
	char	   *url = string_of(option, value);
	const char *authority;
	const char *problem;
	Url			parts;

	if (pg_strncasecmp(url, socks, strlen(socks)) == 0)
		problem = url_parse(psprintf("http://%s", url + strlen(socks)), &parts);
	else
		problem = url_parse(url, &parts);
	if (problem && strstr(problem, "scheme"))
		problem = "its scheme must be http, https or socks5h";
	authority = strstr(url, "://");
	if (problem == NULL)
		problem = authority ? proxy_problem(authority + strlen("://"))
			: "its scheme must be http, https or socks5h";
	if (problem)
		refuse(option, problem, NULL);
	allowed_hosts_check(&parts);
	for (char *c = url; c < authority; c++)
		*c = pg_tolower((unsigned char) *c);
	*(char **) field = url;
}

static void
read_quantity(const Option *option, json_t *value, void *field)
{
	const char *problem = NULL;
	char	   *text;

	if (!json_is_string(value) && !json_is_number(value))
		refuse(option, "it must be a number or a string", NULL);
	text = json_is_string(value) ? value_text(value) : jira_json_text(value);
	if (!parse_int(text, (int *) field, option->unit, &problem))
		refuse(option, psprintf("\"%s\" is not a quantity", text), problem ? _(problem) : NULL);
	if (*(int *) field < 1 || *(int *) field > option->max)
		refuse(option, psprintf("\"%s\" is too %s", text, *(int *) field < 1 ? "small" : "large"), NULL);
}

static void
read_rate(const Option *option, json_t *value, void *field)
{
	double		rate = json_number_value(value);

	if (!json_is_number(value))
		refuse(option, "it must be a number", NULL);
	if (!(rate >= MIN_RATE && rate <= MAX_RATE))
		refuse(option, psprintf("%g is too %s", rate, rate > MAX_RATE ? "large" : "small"), NULL);
	*(double *) field = rate;
}

static void
read_hosts(const Option *option, json_t *value, void *field)
{
	json_t	   *element;
	size_t		i;
	List	   *hosts = NIL;

	if (!json_is_array(value))
		refuse(option, "it must be an array", NULL);
	json_array_foreach(value, i, element)
	{
		char	   *host = string_of(option, element);
		Url			parts;

		if (url_parse(psprintf("https://%s", host), &parts) != NULL ||
			pg_strcasecmp(parts.host, host) != 0)
			refuse(option, psprintf("\"%s\" is not the name of a host", host), NULL);
		hosts = lappend(hosts, pstrdup(parts.host));
	}
	*(List **) field = hosts;
}

static const Option *
find_option(const char *name)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(known); i++)
	{
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", known[i].name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("connections have no option \"%s\"", quoted(name)),
			 errhint("The options are %s.", names.data)));
}

json_t *
options_parse(Jsonb *stored)
{
	char	   *text = JsonbToCString(NULL, &stored->root, VARSIZE(stored));
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	char	   *problem;
	json_t	   *document = jira_json_parse(CurrentMemoryContext, utf8, strlen(utf8), &problem);

	if (document == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options of a connection are not usable: %s", problem)));
	return document;
}

json_t *
options_inherit(json_t *own, json_t *parent)
{
	if (own == NULL)
		return parent;
	if (parent && json_object_update_missing(own, parent) < 0)
		jira_json_made(NULL);
	return own;
}

void
options_read(json_t *document, ConnectionOptions *options)
{
	const char *name;
	json_t	   *value;

	memset(options, 0, sizeof(*options));
	json_object_foreach(document, name, value)
	{
		const Option *option = find_option(name);

		if (!json_is_null(value))
			option->read(option, value, (char *) options + option->field);
	}
}

List *
options_add_pace(List *paces, char *alias, json_t *own)
{
	static const char name[] = "requests_per_second";
	json_t	   *value = json_object_get(own, name);
	Pace	   *pace;
	double		rate;
	ListCell   *cell;

	if (value == NULL || json_is_null(value))
		return paces;
	read_rate(find_option(name), value, &rate);
	foreach(cell, paces)
	{
		if (((Pace *) lfirst(cell))->requests_per_second >= rate)
			paces = foreach_delete_current(paces, cell);
	}
	pace = palloc(sizeof(Pace));
	pace->alias = alias;
	pace->requests_per_second = rate;
	return lappend(paces, pace);
}

/* As for COPY FROM a file: the errors reveal whether a file exists. */
static void
check_files_allowed(json_t *given)
{
	const char *name;
	json_t	   *value;

	json_object_foreach(given, name, value)
	{
		if (find_option(name)->read == read_path && !json_is_null(value) &&
			!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to set option \"%s\"", name),
					 errdetail("Only roles with privileges of the \"%s\" role may name a file of the database server.",
							   "pg_read_server_files")));
	}
}

static void
refuse_file(const char *name, const CertificateProblem *problem)
{
	refuse(find_option(name), problem->what, problem->reason[0]
		   ? psprintf("The reason is: %s.", problem->reason) : NULL);
}

static void
check_key(const ConnectionOptions *options)
{
	CertificateProblem problem;
	bool		good = certificate_check_key(options->client_key, options->client_certificate, &problem);

	if (!good)
		refuse_file("client_key", &problem);
	if (private_file_problem(options->client_key))
		refuse(find_option("client_key"), "the file is not private",
			   private_file_problem(options->client_key));
}

static void
check_files(const ConnectionOptions *options)
{
	CertificateProblem problem;

	if (options->ca_file && !certificate_check(options->ca_file, &problem))
		refuse_file("ca_file", &problem);
	if (options->client_certificate && !certificate_check(options->client_certificate, &problem))
		refuse_file("client_certificate", &problem);
	if (options->client_key)
		check_key(options);
}

/* Neither can be used without the other, so both are given or removed. */
static void
check_pair(json_t *given)
{
	json_t	   *certificate = json_object_get(given, "client_certificate");
	json_t	   *key = json_object_get(given, "client_key");

	if ((certificate == NULL) != (key == NULL) || json_is_null(certificate) != json_is_null(key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"client_certificate\" and \"client_key\" must be given together"),
				 errhint("Give both, or null for both to remove them.")));
}

void
options_check(Jsonb *given)
{
	ConnectionOptions options;
	json_t	   *document;

	if (!JB_ROOT_IS_OBJECT(given))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"options\" must be an object"),
				 errhint("Give the options by their names, like '{\"timeout\": \"30s\"}'.")));
	document = options_parse(given);
	check_files_allowed(document);
	options_read(document, &options);
	check_pair(document);
	check_files(&options);
}

HttpLimits
options_limits(const ConnectionOptions *options)
{
	size_t		body = budget_body(options->max_response_size);
	HttpLimits	limits = {
		.connect_timeout = options->connect_timeout ? options->connect_timeout : jira_connect_timeout,
		.timeout = options->timeout ? options->timeout : jira_timeout,
		.body = body,
		.refusal = body,
		.header_bytes = BUDGET_HEADER_BYTES,
		.headers = BUDGET_HEADERS,
	};

	return limits;
}
