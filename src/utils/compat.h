/*
 * compat.h
 *	  Differences between the PostgreSQL versions that jira_spoke supports
 *	  (15 and later).  No other file asks for a version.
 */
#ifndef JIRA_UTILS_COMPAT_H
#define JIRA_UTILS_COMPAT_H

#include "fmgr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "parser/parse_relation.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/wait_event.h"

#if PG_VERSION_NUM < 150000
#error "jira_spoke needs PostgreSQL 15 or later"
#endif

/* The macros for varlena have a header of their own since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "storage/waiteventset.h"
#endif

/* Wait event sets belong to a resource owner since 17; ours are freed by hand. */
#if PG_VERSION_NUM >= 170000
#define jira_create_wait_event_set(size) CreateWaitEventSet(NULL, (size))
#else
#define jira_create_wait_event_set(size) CreateWaitEventSet(CurrentMemoryContext, (size))
#endif

/* A pathkey has its comparison by a number of its own since 18. */
#if PG_VERSION_NUM >= 180000
#define jira_pathkey_is_descending(pathkey) ((pathkey)->pk_cmptype == COMPARE_GT)
#else
#define jira_pathkey_is_descending(pathkey) ((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* Extensions name their wait events since 17. */
#if PG_VERSION_NUM >= 170000
#define jira_new_wait_event(name) WaitEventExtensionNew(name)
#else
#define jira_new_wait_event(name) PG_WAIT_EXTENSION
#endif

/* Extensions share memory by name without being preloaded since 17. */
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#define JIRA_HAS_NAMED_SEGMENTS true
#define jira_named_segment(name, size, init, found) GetNamedDSMSegment((name), (size), (init), (found))
#else
#define JIRA_HAS_NAMED_SEGMENTS false
#define jira_named_segment(name, size, init, found) ((void) (found), NULL)
#endif

/* Decoding a date tells more of what is wrong since 16. */
#if PG_VERSION_NUM >= 160000
#define jira_decode_date_time(field, ftype, nf, dtype, tm, fsec, tzp) \
	DecodeDateTime((field), (ftype), (nf), (dtype), (tm), (fsec), (tzp), &(DateTimeErrorExtra) {0})
#else
#define jira_decode_date_time(field, ftype, nf, dtype, tm, fsec, tzp) \
	DecodeDateTime((field), (ftype), (nf), (dtype), (tm), (fsec), (tzp))
#endif

/* One function checks privileges on objects of any kind since 16, one who owns them. */
#if PG_VERSION_NUM >= 160000
#define jira_proc_aclcheck(function, role) \
	object_aclcheck(ProcedureRelationId, (function), (role), ACL_EXECUTE)
#define jira_class_ownercheck(relation, role) object_ownercheck(RelationRelationId, (relation), (role))
#else
#define jira_class_ownercheck(relation, role) pg_class_ownercheck((relation), (role))
#define jira_proc_aclcheck(function, role) pg_proc_aclcheck((function), (role), ACL_EXECUTE)
#endif

/* A range table has a list of permissions since 16, and a set of relations to keep since 18. */
#if PG_VERSION_NUM >= 180000
#define jira_init_range_table(estate, entry) \
	do { \
		List	   *permissions = NIL; \
		addRTEPermissionInfo(&permissions, (entry)); \
		ExecInitRangeTable((estate), list_make1(entry), permissions, bms_make_singleton(1)); \
	} while (0)
#elif PG_VERSION_NUM >= 160000
#define jira_init_range_table(estate, entry) \
	do { \
		List	   *permissions = NIL; \
		addRTEPermissionInfo(&permissions, (entry)); \
		ExecInitRangeTable((estate), list_make1(entry), permissions); \
	} while (0)
#else
#define jira_init_range_table(estate, entry) ExecInitRangeTable((estate), list_make1(entry))
#endif

/* Columns say which outer joins may have made them null since 16; those joins have numbers. */
#if PG_VERSION_NUM >= 160000
#include "rewrite/rewriteManip.h"
#define jira_nulling_joins(var) ((var)->varnullingrels)
#define jira_set_nulling_joins(var, joins) ((var)->varnullingrels = (joins))
#define jira_placeholder_nulling_joins(placeholder) ((placeholder)->phnullingrels)
#define jira_add_nulling_joins(node, relids, joins) add_nulling_relids((node), (relids), (joins))
#define jira_join_number(info) ((int) (info)->ojrelid)
#else
#define jira_nulling_joins(var) ((void) (var), (Relids) NULL)
#define jira_set_nulling_joins(var, joins) ((void) (joins))
#define jira_placeholder_nulling_joins(placeholder) ((void) (placeholder), (Relids) NULL)
#define jira_add_nulling_joins(node, relids, joins) ((void) (joins), (node))
#define jira_join_number(info) ((void) (info), 0)
#endif

/* A background worker can connect as a role that may not log in since 17. */
#if PG_VERSION_NUM >= 170000
#define JIRA_BYPASS_LOGIN_CHECK BGWORKER_BYPASS_ROLELOGINCHECK
#else
#define JIRA_BYPASS_LOGIN_CHECK 0
#endif

/* The magic block of a module has its name and version since 18. */
#if PG_VERSION_NUM >= 180000
#define JIRA_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "jira_spoke", .version = JIRA_VERSION)
#else
#define JIRA_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* JIRA_UTILS_COMPAT_H */
