"""Where Amazon sends the browser, with an answer or of its own accord: 303 to a clean address, loading nothing."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from oktee.access.caller import NotSignedIn, address_of, arriving, signed_in
from oktee.access.pace import paced_always
from oktee.amazon.connection import arrivals
from oktee.amazon.connection.consent import Landing, Returned, complete
from oktee.amazon.connection.marketplaces import REGIONS
from oktee.kit.errors import NotFound

router = APIRouter(tags=["amazon"])

ARRIVAL = "__Host-oktee_arrival"
"""Holds the token of a visit from Amazon until its person has signed in and picked a workspace."""

HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@router.get("/oauth/amazon/{region}/callback", status_code=303, response_class=RedirectResponse)
async def finish_authorization(
    request: Request,
    region: str,
    state: str | None = None,
    spapi_oauth_code: str | None = None,
    selling_partner_id: str | None = None,
    error: str | None = None,
) -> RedirectResponse:
    """The OAuth redirect URI of the application of this region. `mws_auth_token` and anything else is ignored."""
    found = region.upper()
    if found not in REGIONS:
        raise NotFound("There is nothing at this address.")
    try:
        user = await signed_in(await arriving(request))
    except NotSignedIn:
        return RedirectResponse("/sign-in", 303, HEADERS)
    returned = Returned(found, state, spapi_oauth_code or None, selling_partner_id, error)
    landing = await complete(returned, user=user, address=address_of(request))
    return RedirectResponse(_address(landing), 303, HEADERS)


def _address(landing: Landing) -> str:
    """A path of our own; neither code nor state are in it."""
    if landing.slug is None:
        return "/"
    query: dict[str, str] = {"result": landing.result}
    if landing.connection_id is not None:
        query["connection"] = str(landing.connection_id)
    return f"/{quote(landing.slug, safe='')}/administration/connections?{urlencode(query)}"


@router.get(
    "/oauth/amazon/{region}/login",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(paced_always)],
)
async def arrive_from_amazon(
    region: str,
    amazon_callback_uri: str = "",
    amazon_state: str = "",
    selling_partner_id: str = "",
    version: str | None = None,
) -> RedirectResponse:
    """The login URI of our applications: Amazon opens it when a vendor authorises again from Manage Your Apps.

    Nothing of the address is trusted: it leads back only to Amazon's own callback for one of our applications.
    """
    found = region.upper()
    if found not in REGIONS:
        raise NotFound("There is nothing at this address.")
    token = await arrivals.arrive(
        found,
        callback_uri=amazon_callback_uri,
        amazon_state=amazon_state,
        selling_partner_id=selling_partner_id,
        draft=version == "beta",
    )
    answer = RedirectResponse("/connect/amazon", 303, HEADERS)
    answer.set_cookie(
        ARRIVAL,
        token,
        max_age=int(arrivals.LIVES.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer
