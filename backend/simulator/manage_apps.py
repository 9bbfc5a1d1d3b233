"""Manage Your Apps: what a vendor has authorised, with roles, date and expiry; disable it, or authorise it again."""

from html import escape
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from starlette.requests import Request

from simulator.accounts import VendorGroup
from simulator.amazon import Amazon
from simulator.identity import Application, Grant
from simulator.ledger import Call
from simulator.marketplaces import Marketplace, find_marketplace
from simulator.replies import Reply
from simulator.vendor_central import found, page


class ManageApps:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def show(self, request: Request, call: Call) -> Reply:
        """GET: every vendor account of the marketplace and the applications it authorised."""
        marketplace = find_marketplace(request.path_params["country"])
        if marketplace is None:
            return page(404, "Manage Your Apps", "<p class=fault>There is no Vendor Central for this country.</p>")
        groups = [group for group in self._amazon.groups if marketplace.country in group.countries]
        body = "".join(self._account(request, group) for group in groups)
        return page(200, "Manage Your Apps", body or "<p>There is no vendor account here.</p>")

    def act(self, request: Request, call: Call) -> Reply:
        """POST of a form: disable an application for a vendor account, or go to its login page to authorise it again."""
        form = {name: values[-1] for name, values in parse_qs((call.body or b"").decode("utf-8", "replace")).items()}
        marketplace = find_marketplace(request.path_params["country"])
        application = self._amazon.identity.find_application(form.get("application_id", ""))
        group = self._amazon.find_group(form.get("selling_partner_id", ""))
        if marketplace is None or application is None or group is None or marketplace.country not in group.countries:
            return page(400, "Manage Your Apps", "<p class=fault>Choose one of the applications shown.</p>")
        call.application, call.selling_partner_id = application.client_id, group.selling_partner_id
        if form.get("act") == "disable":
            call.changed_state = bool(
                self._amazon.identity.revoke(
                    selling_partner_id=group.selling_partner_id, client_id=application.client_id
                )
            )
            return found(str(request.url.replace(query="")), {"done": "disabled"})
        if application.login_uri is None:
            return page(400, "Manage Your Apps", "<p class=fault>This application has no login address.</p>")
        return self._leave(request, application, group, marketplace)

    def confirm(self, request: Request, call: Call) -> Reply:
        """GET of amazon_callback_uri: the application sends the vendor back; the consent is given and the redirect follows."""
        query = dict(request.query_params)
        application = self._amazon.identity.find_application(request.path_params["application_id"])
        redirect_uri = query.get("redirect_uri", "")
        if application is None or redirect_uri not in application.redirect_uris:
            return page(400, "Authorize application", "<p class=fault>The redirect_uri is not registered.</p>")
        if application.draft and query.get("version") != "beta":
            return page(400, "Authorize application", "<p class=fault>A draft needs version=beta.</p>")
        arrival = self._amazon.identity.end_arrival(query.get("amazon_state", ""), client_id=application.client_id)
        if arrival is None or not query.get("state"):
            return page(400, "Authorize application", "<p class=fault>This authorization was not begun here.</p>")
        call.application, call.selling_partner_id = application.client_id, arrival.selling_partner_id
        code = self._amazon.identity.issue_code(
            application, selling_partner_id=arrival.selling_partner_id, redirect_uri=redirect_uri
        )
        reported = self._amazon.live.reported_partner or arrival.selling_partner_id
        return found(redirect_uri, {"state": query["state"], "selling_partner_id": reported, "spapi_oauth_code": code})

    def _leave(self, request: Request, application: Application, group: VendorGroup, marketplace: Marketplace) -> Reply:
        arrival = self._amazon.identity.begin_arrival(
            application, selling_partner_id=group.selling_partner_id, country=marketplace.country
        )
        here = urlsplit(str(request.url))
        path = here.path.removesuffix("/apps/manage") + f"/apps/authorize/confirm/{quote(application.application_id)}"
        query = {
            "amazon_callback_uri": urlunsplit((here.scheme, here.netloc, path, "", "")),
            "amazon_state": arrival.state,
            "selling_partner_id": group.selling_partner_id,
        }
        query |= {"version": "beta"} if application.draft else {}
        assert application.login_uri is not None
        return found(application.login_uri, query)

    def _account(self, request: Request, group: VendorGroup) -> str:
        grants = self._amazon.identity.authorised(selling_partner_id=group.selling_partner_id)
        rows = "".join(self._application(request, group, grant) for grant in grants)
        return (
            f"<section><h2>{escape(group.name)} <small>{escape(group.selling_partner_id)}</small></h2>"
            f"{rows or '<p>No application is authorized.</p>'}</section>"
        )

    def _application(self, request: Request, group: VendorGroup, grant: Grant) -> str:
        application = self._amazon.identity.find_client(grant.client_id)
        if application is None:
            return ""
        over = self._amazon.clock() >= grant.expires_at
        roles = "".join(f"<li>{escape(role)}</li>" for role in grant.roles)
        hidden = (
            f'<input type="hidden" name="application_id" value="{escape(application.application_id)}">'
            f'<input type="hidden" name="selling_partner_id" value="{escape(group.selling_partner_id)}">'
        )
        again = (
            '<button name="act" value="reauthorize" class=main>Re-authorize</button>' if application.login_uri else ""
        )
        return (
            f'<form method="post" action="{escape(request.url.path)}"><fieldset>'
            f"<legend>{escape(application.name)}</legend>{hidden}<ul>{roles}</ul>"
            f"<p>Authorized on {grant.granted_at:%Y-%m-%d}, {'expired' if over else 'expires'} on {grant.expires_at:%Y-%m-%d}</p>"
            f'<div class=acts>{again}<button name="act" value="disable">Disable</button></div></fieldset></form>'
        )
