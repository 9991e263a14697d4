/*
 * identity.h
 *	  Does Jira know whose credential a call carries?
 *
 * Where anybody may read, a caller whose credential was not accepted is served
 * as one who is not signed in: with an empty list, or with "not found".
 */
#ifndef JIRA_CLIENT_IDENTITY_H
#define JIRA_CLIENT_IDENTITY_H

#include "client/transfer.h"

/* Remembers what a reply tells of the caller. */
extern void identity_note(Client *client, HttpExchange *exchange);

/*
 * To be asked before "nothing there" is believed: why Jira gave that answer to
 * "request" if it did not know the caller, else NULL.  Unless some reply has
 * told, Jira is asked who is signed in, once per site (site.h).
 */
extern Problem *identity_doubt(Client *client, const Request *request);

/* The same, raising it. */
extern void identity_check(Client *client, const Request *request);

/* Jira has told who is signed in: ends a block, too. */
extern void identity_confirm(Client *client);

/* Learns of a block that another session met with. */
extern void identity_take_block(Client *client);

/* Has Jira accepted the credential of the client in this session? */
extern bool identity_is_known(Client *client);

/* Does Jira want a CAPTCHA to be solved, so that no request may be sent? */
extern bool identity_is_blocked(Client *client);

/*
 * Raises 28000 while Jira wants a CAPTCHA to be solved, since every attempt
 * keeps the account locked out.
 */
extern void identity_check_block(Client *client);

#endif							/* JIRA_CLIENT_IDENTITY_H */
