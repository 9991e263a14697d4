/*
 * user.c
 *	  User management.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/reads.h"
#include "utils/fold.h"

#define USER_SCOPES "read:user:jira read:application-role:jira read:avatar:jira read:group:jira"

/* INDENT OFF */
JIRA_ACTION(jira_create_user,
	.category = "User Management",
	.title = "Create User",
	.limits = NOT_OAUTH | NOT_SCOPED,
	.on = {
		{POST, REST("user"), "accountId"},
		{POST, REST("user"), "name"},
	},
	.arguments = ARGUMENTS(
		{"email", BOTH({IN_BODY, "emailAddress"})},
		{"products", {{IN_BODY, "products", .required = true}, {ABSENT}}},
		{"name", {{ABSENT}, {IN_BODY, "name", .required = true}}},
		{"display_name", {{ABSENT}, {IN_BODY, "displayName", .required = true}}},
		{"password", {{ABSENT}, {IN_BODY, "password", .secret = true}}}));

JIRA_ACTION(jira_lookup_authenticated_user,
	.category = "User Management",
	.title = "Look up Authenticated User",
	.classic_scopes = "read:jira-user",
	.granular_scopes = "read:application-role:jira read:group:jira read:user:jira read:avatar:jira",
	.on = BOTH({GET, REST("myself")}),
	.arguments = NO_ARGUMENTS,
	.columns = jira_user_columns);

JIRA_ACTION(jira_lookup_group_memberships_for_user,
	.category = "User Management",
	.title = "Look up Group Memberships for User",
	.classic_scopes = "read:jira-user",
	.granular_scopes = "read:group:jira",
	.on = {
		{GET, REST("user/groups"), ""},
		{GET, REST("user?expand=groups"), "groups.items", .counted = "groups.size"},
	},
	.arguments = ARGUMENTS(
		{"account", {{IN_QUERY, "accountId"}, {IN_QUERY, "username"}}}),
	.columns = jira_group_columns);

/* Jira drops the users that the account may not see from a page: a short page need not be the last. */
JIRA_ACTION(jira_lookup_users_stream,
	.category = "User Management",
	.title = "Look up Users Stream",
	.classic_scopes = "read:jira-user",
	.granular_scopes = USER_SCOPES,
	.on = {
		[CLOUD] = {GET, REST("users/search"), "", BY_OFFSET},
	},
	.arguments = NO_ARGUMENTS,
	.columns = jira_user_columns);

/* INDENT ON */

/* Finds everybody, as a name to look for. */
#define ANYBODY "."

/* The list of all users has no parameter for a name. */
static void
keep_name(Invocation *call)
{
	Request    *request = call->request;

	request->unsent = request->query;
	request->query = jira_json_object(request->context);
}

/* The active users whose user name, name or e-mail address has the text, as in the search by name. */
static bool
has_name(const Request *request, json_t *user)
{
	static const char *const members[] = {"name", "displayName", "emailAddress"};
	const char *name = json_string_value(json_object_get(request->unsent, "username"));
	char	   *folded;

	if (json_is_false(json_object_get(user, "active")))
		return false;
	if (name == NULL || strcmp(name, ANYBODY) == 0)
		return true;
	folded = fold_utf8(name);
	for (int i = 0; i < lengthof(members); i++)
	{
		const char *text = json_string_value(json_object_get(user, members[i]));

		if (text && strstr(fold_utf8(text), folded))
			return true;
	}
	return false;
}

/* INDENT OFF */
/*
 * From version 10 on, the search returns no more than 100 users, wherever they
 * are to start; before, 1000.  An OAuth app may not list all users.
 */
JIRA_ACTION(jira_lookup_users_stream_by_name,
	.category = "User Management",
	.title = "Look up Users Stream by Name",
	.on = {
		[SERVER] = {GET, REST("user/list"), "values", BY_NEXT_CURSOR, .usual_rows = 2000,
			.sign_in = WITHOUT_OAUTH, .first_version = 10, .first_minor = 3,
			.prepare = keep_name, .keeps = has_name,
			.otherwise = OTHERWISE(GET, REST("user/search"), "", BY_OFFSET,
				.cuts = CUT_AT(100, 1000))},
	},
	.arguments = ARGUMENTS(
		{"query", BOTH({IN_QUERY, "username"})}),
	.columns = jira_user_columns);

static const Endpoint single_user = {GET, REST("user")};

static const Parents accounts = {
	NULL, "account", {{NULL, "accountId", .by_name = true}, {NULL, "username", .by_name = true}},
	.once = "accountId|name", .single = BOTH(&single_user)
};

/*
 * For the table of users.  On Data Center the search by name finds no more than the
 * first ones.
 */
const Action jira_users_action = {
	.name = "jira_lookup_users_stream",
	.classic_scopes = "read:jira-user",
	.granular_scopes = USER_SCOPES,
	.on = {
		{GET, REST("users/search"), "", BY_OFFSET},
		{GET, REST("user/list"), "values", BY_NEXT_CURSOR, .usual_rows = 2000,
			.sign_in = WITHOUT_OAUTH, .first_version = 10, .first_minor = 3},
	},
	.arguments = NO_ARGUMENTS,
	.columns = jira_user_columns,
	.below = BOTH(&accounts),
};

JIRA_ACTION(jira_remove_user,
	.category = "User Management",
	.title = "Remove User",
	.limits = NOT_OAUTH | NOT_SCOPED,
	.on = BOTH({DELETE, REST("user")}),
	.arguments = ARGUMENTS(
		{"account", {{IN_QUERY, "accountId"}, {IN_QUERY, "username"}}}));

/* Apps must report; the path is one of Atlassian's gateway, not of a site. */
JIRA_ACTION(jira_report_personal_data,
	.classic_scopes = "report:personal-data",
	.on = {
		[CLOUD] = {POST, "/app/report-accounts/", "accounts", .reads = true, .at_origin = true,
			.may_be_empty = true, .sign_in = WITH_OAUTH},
	},
	.arguments = ARGUMENTS(
		{"accounts", BOTH({IN_BODY, "accounts"})}),
	.columns = COLUMNS(
		{"account", BOTH("accountId")},
		{"status", BOTH("status")},
		{"raw", BOTH("")}));
/* INDENT ON */
