"""From a request to a reply: sign-in, route, checks, handler."""

import json

import errors
import multipart
import resources.table  # noqa: F401 - importing it declares every operation
import routes
import sample
import scopes
import shape
from auth import TELLING, Caller, SignIn
from buckets import Buckets
from call import Call
from faults import Faults
from jql.problems import JqlError
from log import Log
from oauth import endpoints
from oddities import Oddities
from store import Store
from view import View


class Application:
    def __init__(self, site, bulk=0, log_file=None):
        self.site = site
        self.faults = Faults()
        self.buckets = Buckets()
        self.log = Log(log_file)
        self.store = None
        self.sign_in = None
        self.reset(bulk)

    def reset(self, bulk, users=0):
        store = Store()
        sample.fill(store, self.site)
        if bulk:
            sample.add_bulk(store, bulk)
        sample.add_people(store, users)
        self.site.oddities = Oddities()
        self.store = store
        self.sign_in = SignIn(self.site, store)

    def answer(self, request):
        """The reply, and the user it was made for."""
        caller = Caller()
        try:
            reply = endpoints.answer(self.site, self.sign_in, request)
            if reply:
                return reply, None
            path = self._local_path(request.path)
            caller = self.sign_in.caller(request.headers.get("authorization"), path,
                                         self.site.is_gateway(request.path))
            reply = self._carry_out(request, path, caller)
        except errors.Refused as refused:
            reply = refused.reply
        except JqlError as problem:
            reply = errors.refusal(400, *problem.messages).reply
        reply = self.site.oddities.dressed(reply)
        reply.headers = self._headers(caller, reply)
        return reply, caller.user

    def _local_path(self, path):
        if self.site.is_elsewhere(path):
            raise errors.unknown_site()
        local = self.site.local_path(path)
        if local is None:
            raise errors.unknown_path(self.site, path)
        return local

    def _headers(self, caller, reply):
        shown = {**caller.headers(self.site), **reply.headers}
        return {name: value for name, value in shown.items() if not self.sign_in.silent or name not in TELLING}

    def _carry_out(self, request, path, caller):
        entry, values = routes.find(self.site, request.method, path)
        headers = self.buckets.take(self.site, request.method, path, entry.segments, caller.user)
        reply = self._allowed(request, caller, entry, values)
        reply.headers = headers | reply.headers
        return reply

    def _allowed(self, request, caller, entry, values):
        scopes.check(self.site, entry, caller)
        if caller.user is None and not entry.anonymous:
            raise errors.sign_in_required(self.site, caller.failed)
        query = routes.read_query(self.site, entry, request.query)
        body = self._body(request, entry)
        if entry.writes and caller.user and not caller.user.writes:
            raise errors.read_only()
        view = View(self.site, values.get("version", "2"), caller.user)
        with self.store.lock:
            return entry.handler(Call(self.site, self.store, caller, view, entry.segments, values, query, body,
                                      request.headers))

    def _body(self, request, entry):
        declared = entry.body_type(self.site)
        if declared is None or declared.optional and not request.body:
            return None
        if declared is multipart.FILES:
            return multipart.read(request.headers, request.body)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise errors.wrong_content_type()
        try:
            body = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError) as problem:
            raise errors.bad_json(self.site, problem) from None
        return self._checked(body, declared)

    def _checked(self, body, declared):
        try:
            if body is None:
                raise shape.Mismatch("a body is required")
            declared.check(body, "body")
        except shape.Unknown as problem:
            raise errors.unknown_member(self.site, problem) from None
        except shape.Mismatch as problem:
            raise errors.bad_body(self.site, problem) from None
        return body
