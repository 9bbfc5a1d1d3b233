"""The consent page of Vendor Central: a person, or a plain HTTP client, approves or declines an application."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request

from simulator.accounts import VendorGroup
from simulator.amazon import Amazon
from simulator.identity import Application
from simulator.ledger import Call
from simulator.marketplaces import Marketplace, find_marketplace
from simulator.replies import Reply
from simulator.vendor_central import found, page


class Refusal(ValueError):
    """The consent page cannot be shown; the text tells the person why."""


class ConsentPage:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def show(self, request: Request, call: Call) -> Reply:
        """GET: the application, its roles and the vendor accounts of the marketplace, with Approve and Decline."""
        return self._answer(request, dict(request.query_params), call, decided=False)

    def decide(self, request: Request, call: Call) -> Reply:
        """POST of the form: 302 to the redirect_uri with a code, or with error=access_denied."""
        form = {name: values[-1] for name, values in parse_qs((call.body or b"").decode("utf-8", "replace")).items()}
        return self._answer(request, form, call, decided=True)

    def _answer(self, request: Request, fields: dict[str, str], call: Call, *, decided: bool) -> Reply:
        try:
            marketplace = self._marketplace(request)
            application, redirect_uri = self._application(fields)
            call.application = application.client_id
            if decided:
                return self._redirect(fields, application, redirect_uri, marketplace, call)
        except Refusal as refusal:
            return page(400, "This request cannot be shown", f"<p class=fault>{escape(str(refusal))}</p>")
        return page(200, "Authorize application", self._form(request, fields, application, redirect_uri, marketplace))

    def _marketplace(self, request: Request) -> Marketplace:
        marketplace = find_marketplace(request.path_params["country"])
        if marketplace is None:
            raise Refusal("There is no Vendor Central for this country.")
        return marketplace

    def _application(self, fields: dict[str, str]) -> tuple[Application, str]:
        application = self._amazon.identity.find_application(fields.get("application_id", ""))
        if application is None:
            raise Refusal("The application_id is not known.")
        if application.draft and fields.get("version") != "beta":
            raise Refusal("The application is a draft: it can be authorized with version=beta only.")
        if not application.redirect_uris:
            raise Refusal("The application has no registered redirect URI.")
        redirect_uri = fields.get("redirect_uri") or application.redirect_uris[0]
        if redirect_uri not in application.redirect_uris:
            raise Refusal("The redirect_uri is not one that is registered for this application.")
        return application, redirect_uri

    def _groups(self, marketplace: Marketplace) -> list[VendorGroup]:
        return [group for group in self._amazon.groups if marketplace.country in group.countries]

    def _redirect(
        self, fields: dict[str, str], application: Application, redirect_uri: str, marketplace: Marketplace, call: Call
    ) -> Reply:
        if fields.get("decision") != "approve":
            return found(redirect_uri, {"state": fields.get("state", ""), "error": "access_denied"})
        group = next(
            (each for each in self._groups(marketplace) if each.selling_partner_id == fields.get("selling_partner_id")),
            None,
        )
        if group is None:
            raise Refusal("Choose one of the vendor accounts.")
        call.selling_partner_id = group.selling_partner_id
        code = self._amazon.identity.issue_code(
            application, selling_partner_id=group.selling_partner_id, redirect_uri=redirect_uri
        )
        answer = {
            "state": fields.get("state", ""),
            "selling_partner_id": self._amazon.live.reported_partner or group.selling_partner_id,
            "spapi_oauth_code": code,
        }
        return found(redirect_uri, answer)

    def _form(
        self,
        request: Request,
        fields: dict[str, str],
        application: Application,
        redirect_uri: str,
        marketplace: Marketplace,
    ) -> str:
        kept = {
            "application_id": application.application_id,
            "state": fields.get("state", ""),
            "redirect_uri": redirect_uri,
        }
        kept |= {"version": fields["version"]} if "version" in fields else {}
        hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept.items())
        roles = "".join(f"<li>{escape(role)}</li>" for role in application.roles) or "<li>none</li>"
        accounts = "".join(_account(group, place == 0) for place, group in enumerate(self._groups(marketplace)))
        if not accounts:
            return f"<p class=fault>There is no vendor account in {escape(marketplace.name)}.</p>"
        return (
            f"<p><b>{escape(application.name)}</b> asks for access to your vendor account in {escape(marketplace.name)}.</p>"
            f"<h2>It will be able to use</h2><ul>{roles}</ul>"
            f'<form method="post" action="{escape(request.url.path)}">{hidden}<fieldset><legend>Vendor account</legend>{accounts}</fieldset>'
            '<div class=acts><button name="decision" value="approve" class=main>Approve</button>'
            '<button name="decision" value="decline">Decline</button></div></form>'
        )


def _account(group: VendorGroup, chosen: bool) -> str:
    codes = ", ".join(f"{code.code} ({code.country})" for code in group.vendor_codes)
    return (
        f'<label><input type="radio" name="selling_partner_id" value="{escape(group.selling_partner_id)}"{" checked" if chosen else ""}>'
        f"<span>{escape(group.name)}<small>{escape(group.selling_partner_id)} &middot; {escape(codes)}</small></span></label>"
    )
