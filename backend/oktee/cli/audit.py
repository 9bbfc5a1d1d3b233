"""The operator's view of trust: `oktee audit verify | keys | rotate-key`."""

import asyncio
from typing import Annotated

import typer

from oktee.cli.operators import _with_database, fail

audit_app = typer.Typer(no_args_is_help=True, help="The audit trail: its hash chain and its signatures.")


@audit_app.command("verify")
def audit_verify(
    org: Annotated[str | None, typer.Option(help="One organization's slug; without it, all of them.")] = None,
    since: Annotated[int, typer.Option("--from", min=0, help="Start after this sequence; 0 = the whole chain.")] = 0,
) -> None:
    """Walk the chain and its signed heads; name the first bad entry of each organization. Ends with 1 if there is one."""
    from oktee.kit.clock import now
    from oktee.kit.database import tenant_session
    from oktee.modules.administration.audit.chain import WORDS, Verdict, keep, verify
    from oktee.modules.administration.audit.choosing import chosen

    async def act() -> list[tuple[str, Verdict]]:
        found = []
        for slug, organization_id in await chosen(org):
            verdict = await verify(organization_id, after=since)
            async with tenant_session(organization_id) as session:
                await keep(session, verdict, whole=since == 0)
            found.append((slug, verdict))
            await asyncio.sleep(0)
        return found

    begun = now()
    broken = 0
    for slug, verdict in _with_database(act):
        kept = f"{verdict.entries} entries, {verdict.archived} archived, {verdict.heads} signed heads"
        if verdict.fault is None:
            until = f"to {verdict.verified_to:%Y-%m-%d %H:%M:%S} UTC" if verdict.verified_to else "nothing written yet"
            behind = "" if verdict.signed_to == verdict.sequence else f"; signed up to entry {verdict.signed_to}"
            typer.echo(f"{slug}: whole, {until} ({kept}{behind})")
        else:
            broken += 1
            fault = verdict.fault
            typer.echo(f"{slug}: entry {fault.sequence} {WORDS[fault.reason]} [{fault.reason}] ({kept})", err=True)
    typer.echo(f"Verified at {begun:%Y-%m-%d %H:%M:%S} UTC.")
    if broken:
        fail(f"{broken} broken.")


@audit_app.command("keys")
def audit_keys() -> None:
    """The public keys that check signatures of heads, exports and incident files; the last one signs now."""
    from oktee.journal.signatures import public_keys

    for key_id, public in public_keys().items():
        typer.echo(f"{key_id}  {public.hex()}")


@audit_app.command("rotate-key")
def audit_rotate_key() -> None:
    """A new signing key; the public key of the old one stays in the key file."""
    from oktee.journal.signatures import rotate

    typer.echo(f"Signs from now on: {rotate()}")
