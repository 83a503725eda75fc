"""Checks of the bots at Telegram: tokens, privacy mode, webhooks, and rights in their groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.config import Settings
from app.db import create_db_engine, create_session_factory
from app.domain.errors import BadRequest, ConfigError, Forbidden, TelegramError
from app.domain.ingest.webhooks import webhook_url
from app.domain.ports import WebhookInfo
from app.repositories.fleet.tokens import TokenTarget
from app.services.fleet.rights import advise
from app.services.fleet.token_sample import FleetSample, sample_fleet
from app.services.fleet.tokens import Finding, examine_token
from app.services.ingest.webhooks import public_base

SAMPLE = 20
PLACES = 2
"""Bots checked, and chats of each: at most 20 x (2 + 2 x 2) calls unless all are wanted."""

NAMED = 5
AT_ONCE = 8
PRIVACY_FIX = (
    "in @BotFather: /setprivacy, choose the bot, Disable; then remove the bot from each group and add it again"
)
WEBHOOK_FIX = "`chorus token check` sets it right, as the hourly check does"
TOKEN_FIXES = {
    "refused": "get a new one: @BotFather, /token",
    "waiting": "look again later",
    "other_account": "check TELEGRAM_URL and the proxy before it",
    "unreachable": "check TELEGRAM_URL and the network",
}


def check_telegram(settings: Settings, *, every: bool = False) -> Iterator[Check]:
    """Checks that every stored token can be decrypted, and a sample of the bots, or `every` one, at Telegram."""
    engine = create_db_engine(settings.database_url, pool_size=1)
    try:
        sessions = create_session_factory(engine)
        fleet = sample_fleet(sessions) if every else sample_fleet(sessions, SAMPLE, PLACES)
    except SQLAlchemyError:
        yield skipped("telegram", "the bots cannot be read from the database")
        return
    finally:
        engine.dispose()
    if not fleet.all:
        yield skipped("telegram", "no bots yet")
        return
    vault = FernetVault(settings.encryption_keys.get_secret_value())
    yield _check_ciphertexts(vault, fleet.all)
    yield from _check_problems(fleet)
    examiner = _Examiner(BotApi(settings.telegram_url), vault, fleet, public_base(settings))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(examiner.examine, fleet.asked):
            yield from found
    left = len(fleet.all) - len(fleet.asked)
    if left:
        rest = f"{left} of {len(fleet.all)} bots were not asked about; asked were those checked the longest ago"
        yield skipped("telegram", f"{rest}. `chorus doctor --all` asks about every bot and chat")


def _check_ciphertexts(vault: FernetVault, bots: Sequence[TokenTarget]) -> Check:
    """Checks that all tokens can be decrypted, which needs no call."""
    unreadable = [f"@{bot.username}" for bot in bots if not _opens(vault, bot.token_encrypted)]
    if not unreadable:
        return passed("tokens", f"{len(bots)} can be decrypted")
    names = ", ".join(unreadable[:NAMED]) + (" …" if len(unreadable) > NAMED else "")
    fix = "put the key they were stored with at the end of ENCRYPTION_KEYS, or enter the tokens again"
    return failed("tokens", f"{len(unreadable)} of {len(bots)} cannot be decrypted: {names}", fix)


def _check_problems(fleet: FleetSample) -> Iterator[Check]:
    """Tells what keeps updates away, as the poller saw it: a few bots by name, the others by their number."""
    troubled = [(bot, fleet.problems[bot.id]) for bot in fleet.all if bot.id in fleet.problems]
    for bot, problem in troubled[:NAMED]:
        yield failed(f"@{bot.username}", problem.what, problem.fix)
    if len(troubled) > NAMED:
        detail = f"{len(troubled) - NAMED} more bots have such a problem"
        yield failed("telegram", detail, "the page Bots of the admin marks each of them")


def _opens(vault: FernetVault, ciphertext: str) -> bool:
    try:
        vault.decrypt(ciphertext)
    except ConfigError:
        return False
    return True


class _Examiner:
    """Checks bots at Telegram, from several threads."""

    def __init__(self, api: BotApi, vault: FernetVault, fleet: FleetSample, base: str | None) -> None:
        self._api, self._vault, self._fleet, self._base = api, vault, fleet, base

    def examine(self, bot: TokenTarget) -> list[Check]:
        """Returns the findings about one bot; undecryptable tokens are reported by the check of all tokens."""
        name, finding = f"@{bot.username}", examine_token(self._api, self._vault, bot)
        if finding.outcome == "unreadable":
            return []
        if finding.identity is None:
            return [failed(name, finding.detail, TOKEN_FIXES[finding.outcome])]
        found = [*self._broken(bot), *self._privacy(bot, finding), *self._webhook(bot), *self._rights(bot, finding)]
        places = [title for _, title in self._fleet.places.get(bot.id, ())]
        where = f"may write in {', '.join(places[:NAMED])}" if places else "is in no chat yet"
        return found or [passed(name, f"{finding.detail}, webhook as it should be, {where}")]

    def _broken(self, bot: TokenTarget) -> Iterator[Check]:
        if bot.status == "broken":
            detail = "is out of service although its token works"
            yield warned(f"@{bot.username}", detail, "resume it on its page in the admin")

    def _privacy(self, bot: TokenTarget, finding: Finding) -> Iterator[Check]:
        if finding.identity is not None and not finding.identity.reads_all_messages:
            detail = "privacy mode is on: it sees only commands, mentions and replies to itself"
            yield warned(f"@{bot.username}", detail, PRIVACY_FIX)

    def _webhook(self, bot: TokenTarget) -> Iterator[Check]:
        try:
            info = self._api.get_webhook_info(self._vault.decrypt(bot.token_encrypted))
        except TelegramError as error:
            yield failed(f"@{bot.username}", f"getWebhookInfo failed: {error}", TOKEN_FIXES["unreachable"])
            return
        problem = self._drift(bot, info)
        if problem:
            yield warned(f"@{bot.username}", problem, WEBHOOK_FIX)
        elif info.url and info.last_error:
            detail = f"Telegram could not deliver lately ({info.pending} updates wait): {info.last_error}"
            yield warned(f"@{bot.username}", detail, "see that PUBLIC_URL reaches the admin from outside")

    def _drift(self, bot: TokenTarget, info: WebhookInfo) -> str | None:
        if self._fleet.mode != "webhook":
            return f"has a webhook, although the mode is {self._fleet.mode}" if info.url else None
        if self._base is None or info.url == webhook_url(self._base, bot.public_id):
            return None
        return "its webhook lies elsewhere" if info.url else "has no webhook, although the mode is webhook"

    def _rights(self, bot: TokenTarget, finding: Finding) -> Iterator[Check]:
        for telegram_chat_id, title in self._fleet.places.get(bot.id, ()):
            yield from self._rights_in(bot, finding, telegram_chat_id, title)

    def _rights_in(self, bot: TokenTarget, finding: Finding, telegram_chat_id: int, title: str) -> Iterator[Check]:
        name, token = f"@{bot.username}", self._vault.decrypt(bot.token_encrypted)
        try:
            info = self._api.get_chat(token, telegram_chat_id)
            member = self._api.get_chat_member(token, telegram_chat_id, bot.telegram_user_id)
        except (Forbidden, BadRequest):
            yield warned(name, f"is not in {title} (any more)", "add it there again, or take it off the chat's page")
            return
        except TelegramError as error:
            yield skipped(name, f"its rights in {title} could not be asked for: {error}")
            return
        for advice in advise(info, member, reads_all_messages=True):
            yield warned(name, advice.problem, advice.fix)
