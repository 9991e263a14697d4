/*
 * trigger.c
 *	  Trigger functions: a row makes a write to Jira.
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "engine/call.h"
#include "outbox/enqueue.h"
#include "outbox/template.h"
#include "utils/compat.h"
#include "utils/context.h"
#include "utils/settings.h"
#include "utils/user_row.h"

PG_FUNCTION_INFO_V1(jira_create_issue_trigger);
PG_FUNCTION_INFO_V1(jira_action_trigger);

typedef struct TriggerOptions
{
	const char *connection;
	const char *key_column;
	const char *group;
	bool		immediate;
} TriggerOptions;

/* The table whose row gets its key now. */
static Oid	table_in_update = InvalidOid;

static json_t *
parse(MemoryContext context, const char *text, const char *what)
{
	const char *utf8 = template_utf8(text);
	char	   *problem;
	json_t	   *document = jira_json_parse(context, utf8, strlen(utf8), &problem);

	if (!json_is_object(document))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the %s of a Jira trigger must be a JSON object", what),
				 document ? 0 : errdetail("%s", problem)));
	return document;
}

/* The templates of this session's triggers, which are parsed once and not for every row. */
static json_t *
parsed_template(const char *text)
{
	static struct
	{
		MemoryContext context;
		char	   *text;
		json_t	   *template;
	}			parsed[16];
	static int	next = 0;
	int			i = 0;

	while (i < lengthof(parsed) && (parsed[i].text == NULL || strcmp(parsed[i].text, text) != 0))
		i++;
	if (i == lengthof(parsed))
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira trigger template",
													  ALLOCSET_SMALL_SIZES);
		json_t	   *template = parse(context, text, "template");

		i = next++ % lengthof(parsed);
		if (parsed[i].context)
			MemoryContextDelete(parsed[i].context);
		parsed[i].context = context;
		parsed[i].text = MemoryContextStrdup(context, text);
		parsed[i].template = template;
		MemoryContextSetParent(context, TopMemoryContext);
	}
	return parsed[i].template;
}

static void
read_options(const char *text, TriggerOptions *options)
{
	json_t	   *document = parse(CurrentMemoryContext, text, "options");
	const char *name;
	json_t	   *value;

	json_object_foreach(document, name, value)
	{
		const char *word = json_is_string(value) ? value_text(value) : NULL;

		if (strcmp(name, "connection") == 0 && word)
			options->connection = word;
		else if (strcmp(name, "key_column") == 0 && word)
			options->key_column = word;
		else if (strcmp(name, "group") == 0 && word)
			options->group = word;
		else if (strcmp(name, "mode") == 0 && word &&
				 (strcmp(word, "outbox") == 0 || strcmp(word, "immediate") == 0))
			options->immediate = word[0] == 'i';
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" of a Jira trigger is not usable", name),
					 errhint("The options are connection, key_column, mode (\"outbox\" or \"immediate\") and group, each a string.")));
	}
}

/* The table that the trigger was made for, of which the row's is a partition. */
static Oid
trigger_table(const TriggerData *trigger)
{
	Oid			relation = RelationGetRelid(trigger->tg_relation);

	return trigger->tg_trigger->tgisclone ? llast_oid(get_partition_ancestors(relation)) : relation;
}

static json_t *
required_row_key(const Row *row)
{
	json_t	   *key = template_row_key(row);

	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" needs a primary key, so that a Jira trigger finds the row again",
						RelationGetRelationName(row->relation))));
	return key;
}

/* The worker that writes the key must see the table. */
static void
check_permanent(Relation relation)
{
	if (relation->rd_rel->relpersistence != RELPERSISTENCE_TEMP)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the outbox cannot write keys into temporary table \"%s\"",
					RelationGetRelationName(relation)),
			 errdetail("Only the session that has created the table can access it."),
			 errhint("Use the option \"mode\": \"immediate\", or a permanent table.")));
}

/* The writes of one row are carried out in order; those to an issue are ordered by the issue. */
static char *
row_group(const Row *row)
{
	json_t	   *key = template_row_key(row);

	return key ? psprintf("%u %s", RelationGetRelid(row->relation), jira_json_text(key)) : NULL;
}

static void
put_into_outbox(const Write *write, json_t *arguments, const TriggerOptions *options,
				const TriggerData *trigger, const Row *row)
{
	NewItem		item = {
		.write = write,
		.arguments = arguments,
		.connection = connection_named(options->connection),
		.group_key = options->group ? template_text(options->group, row)
		: write->target < 0 ? row_group(row) : NULL,
		.key_column = options->key_column,
	};

	if (options->key_column)
	{
		check_permanent(row->relation);
		(void) template_column(row, options->key_column);
		item.source = trigger_table(trigger);
		item.source_key = required_row_key(row);
	}
	(void) outbox_put(&item);
}

/* Calls Jira in the transaction of the row, as the SQL function would. */
static char *
do_now(const Write *write, json_t *arguments, const TriggerOptions *options)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];
	Call		call = {.context = {write->binding->action->name, NULL}};
	ErrorContextCallback callback;
	json_t	   *document;
	char	   *result;

	if (jira_proc_aclcheck(write->function, GetUserId()) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, write->binding->action->name);
	context_push_action(&callback, &call.context);
	write_arguments(write, arguments, values, nulls);
	call_prepare(&call, write->binding, connection_named(options->connection), values, nulls, NULL);
	document = call_send(&call);
	result = write_result(write, &call, document);
	context_pop(&callback);
	return result;
}

/* Without firing the triggers of this table again. */
static void
update_row(const TriggerData *trigger, const Row *row, const char *column, const char *key)
{
	uint64		rows = 0;

	PG_TRY();
	{
		table_in_update = RelationGetRelid(row->relation);
		rows = user_row_put(trigger_table(trigger), outbox_jsonb(required_row_key(row)), column, key);
	}
	PG_FINALLY();
	{
		table_in_update = InvalidOid;
	}
	PG_END_TRY();
	if (rows == 0)
		ereport(WARNING,
				(errmsg("no row of table \"%s\" has got %s, the result of the trigger",
						RelationGetRelationName(row->relation), key)));
}

/* A trigger that fires before can still put the key into the row itself. */
static HeapTuple
put_key(const TriggerData *trigger, const Row *row, const char *column, const char *key)
{
	Oid			input;
	Oid			ioparam;
	int			number = template_column(row, column);
	bool		isnull = false;
	Datum		value;

	if (!TRIGGER_FIRED_BEFORE(trigger->tg_event))
	{
		update_row(trigger, row, column, key);
		return row->tuple;
	}
	getTypeInputInfo(SPI_gettypeid(row->columns, number), &input, &ioparam);
	value = OidInputFunctionCall(input, unconstify(char *, key), ioparam,
								 TupleDescAttr(row->columns, number - 1)->atttypmod);
	return heap_modify_tuple_by_cols(row->tuple, row->columns, 1, &number, &value, &isnull);
}

static void
check_trigger(FunctionCallInfo fcinfo, const char *function, int arguments)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called as a trigger", function)));
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be fired for each row", function)));
	if (trigger->tg_trigger->tgnargs < arguments || trigger->tg_trigger->tgnargs > arguments + 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s takes %s template and, if need be, options", function,
						arguments > 1 ? "the name of an action, a" : "a")));
}

static HeapTuple
make_write(const TriggerData *trigger, const Row *row, const char *action, const char *template,
		   const char *more)
{
	TriggerOptions options = {NULL};
	const Write *write = write_open(action);
	json_t	   *arguments;
	char	   *key;

	if (more)
		read_options(more, &options);
	arguments = jira_json_own(CurrentMemoryContext, template_fill(parsed_template(template), row));
	if (!options.immediate)
	{
		put_into_outbox(write, arguments, &options, trigger, row);
		return row->tuple;
	}
	key = do_now(write, arguments, &options);
	return options.key_column && key ? put_key(trigger, row, options.key_column, key) : row->tuple;
}

static HeapTuple
fire(const TriggerData *trigger, const char *action, const char *template, const char *more)
{
	bool		updated = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	Row			row = {trigger->tg_relation, RelationGetDescr(trigger->tg_relation),
	updated ? trigger->tg_newtuple : trigger->tg_trigtuple};
	int			level;

	/* Off, or fired by a key that is written into the row. */
	if (!jira_outbox_enabled || outbox_delivering ||
		table_in_update == RelationGetRelid(trigger->tg_relation))
		return row.tuple;
	level = template_styles();
	row.tuple = make_write(trigger, &row, action, template, more);
	AtEOXact_GUC(true, level);
	return row.tuple;
}

Datum
jira_create_issue_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	char	  **arguments;

	check_trigger(fcinfo, "jira_create_issue_trigger", 1);
	arguments = trigger->tg_trigger->tgargs;
	return PointerGetDatum(fire(trigger, "jira_create_issue", arguments[0],
								trigger->tg_trigger->tgnargs > 1 ? arguments[1] : NULL));
}

Datum
jira_action_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	char	  **arguments;

	check_trigger(fcinfo, "jira_action_trigger", 2);
	arguments = trigger->tg_trigger->tgargs;
	return PointerGetDatum(fire(trigger, arguments[0], arguments[1],
								trigger->tg_trigger->tgnargs > 2 ? arguments[2] : NULL));
}
