"""Login with Amazon: the token endpoint and its error bodies (amazon/FACTS b)."""

from urllib.parse import parse_qs

from starlette.requests import Request

from simulator.amazon import Amazon
from simulator.identity import AccessToken, Application
from simulator.ledger import Call
from simulator.replies import Reply, json_reply

SCOPES = ("sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation")


class TokenEndpoint:
    def __init__(self, amazon: Amazon) -> None:
        self._identity = amazon.identity
        self._amazon = amazon

    def exchange(self, request: Request, call: Call) -> Reply:
        """POST /auth/o2/token with a form body; 200 with a token, 400 or 401 with LWA's error."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request", "The request is missing a required parameter : Content-Type")
        form = {name: values[-1] for name, values in parse_qs((call.body or b"").decode("utf-8", "replace")).items()}
        for name in ("grant_type", "client_id", "client_secret"):
            if name not in form:
                return _error(400, "invalid_request", f"The request is missing a required parameter : {name}")
        application = self._identity.find_client(form["client_id"])
        if application is None or application.client_secret != form["client_secret"]:
            return _error(401, "invalid_client", "Client authentication failed")
        call.application = application.client_id
        match form["grant_type"]:
            case "authorization_code":
                return self._from_code(call, application, form)
            case "refresh_token":
                return self._from_refresh(call, application, form)
            case "client_credentials":
                return self._grantless(application, form)
        return _error(
            400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server"
        )

    def _from_code(self, call: Call, application: Application, form: dict[str, str]) -> Reply:
        if "code" not in form:
            return _error(400, "invalid_request", "The request is missing a required parameter : code")
        grant = self._identity.redeem_code(application, code=form["code"], redirect_uri=form.get("redirect_uri"))
        if grant is None:
            return _error(400, "invalid_grant", "The request has an invalid grant parameter : code")
        call.selling_partner_id = grant.selling_partner_id
        return self._tokens(self._identity.issue_access(application, grant=grant), refresh_token=grant.refresh_token)

    def _from_refresh(self, call: Call, application: Application, form: dict[str, str]) -> Reply:
        if "refresh_token" not in form:
            return _error(400, "invalid_request", "The request is missing a required parameter : refresh_token")
        grant = self._identity.find_grant(form["refresh_token"], client_id=application.client_id)
        if grant is None:
            text = "The request has an invalid grant parameter : refresh_token. User may have revoked or didn't grant the permission."
            return _error(400, "invalid_grant", text)
        call.selling_partner_id = grant.selling_partner_id
        return self._tokens(self._identity.issue_access(application, grant=grant), refresh_token=grant.refresh_token)

    def _grantless(self, application: Application, form: dict[str, str]) -> Reply:
        scopes = form.get("scope", "").split()
        if not scopes or any(scope not in SCOPES for scope in scopes):
            return _error(400, "invalid_scope", "The request has an invalid scope")
        return self._tokens(self._identity.issue_access(application, scopes=scopes))

    def _tokens(self, token: AccessToken, *, refresh_token: str | None = None) -> Reply:
        body = {"access_token": token.token, "token_type": "bearer", "expires_in": self._amazon.live.token_ttl_seconds}
        if refresh_token is not None:
            body["refresh_token"] = refresh_token
        return json_reply(200, body, **{"Cache-Control": "no-store", "Pragma": "no-cache"})


def _error(status: int, code: str, description: str) -> Reply:
    return json_reply(status, {"error_description": description, "error": code}, **{"Cache-Control": "no-store"})
