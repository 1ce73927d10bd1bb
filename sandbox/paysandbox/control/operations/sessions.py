"""Sessions of browsers: where the sandbox has a control token, a page asks for it once."""

from paysandbox.control.session_cookie import drop_cookie, read_cookie, write_cookie
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Exhausted, Unauthenticated
from paysandbox.kit.runtime import Runtime


def create_session(call: Call, runtime: Runtime) -> Reply:
    """Sign a browser in by the control token, or by the code of a link that was printed.

    Raises:
        Exhausted: too many wrong tokens have come within a minute.
        Unauthenticated: the token or the code is wrong, or the code was used before.
    """
    sessions = runtime.sessions
    if sessions.control_token is None:
        return Reply(204)
    if sessions.is_exhausted():
        raise Exhausted("too many wrong control tokens came within a minute; wait one, and try again")
    if "token" in call.body:
        if not sessions.accepts_token(call.body["token"]):
            raise Unauthenticated(
                "this is not the control token; it is that of serve --control-token, else serve has printed it"
            )
    elif not sessions.accepts_code(call.body["code"]):
        raise Unauthenticated("this link has expired or was used before; sign in with the control token")
    return Reply(204, headers=(("Set-Cookie", write_cookie(sessions.make_session(), call.origin)),))


def delete_session(call: Call, runtime: Runtime) -> Reply:
    """Sign the browser out: its session ends, and it forgets the cookie."""
    if runtime.sessions.control_token is None:
        return Reply(204)
    session = read_cookie([call.headers["Cookie"] or ""], call.origin)
    if session:
        runtime.sessions.end(session)
    return Reply(204, headers=(("Set-Cookie", drop_cookie(call.origin)),))
