"""How alerts are sent: a JSON POST to a webhook, a mail over SMTP, or any command, which reads the JSON from its input."""

from __future__ import annotations

import json
import shlex
import smtplib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from archiver.config import AlertsSection
from archiver.errors import ConfigError
from archiver.model.software import SOFTWARE

WEBHOOK, MAIL, COMMAND = "webhook", "mail", "command"
_SHOWN = 300


class NotDelivered(Exception):
    """A message did not arrive; why. It is tried again."""


def channels_of(section: AlertsSection) -> tuple[str, ...]:
    """The channels that are configured."""
    configured = {WEBHOOK: section.webhook, MAIL: section.mail_to, COMMAND: section.command}
    return tuple(name for name, value in configured.items() if value)


def deliver(channel: str, body: Mapping[str, Any], *, section: AlertsSection, archive: str) -> None:
    """Deliver one message about ``archive`` (its home). Raises ``NotDelivered``."""
    try:
        match channel:
            case "webhook":
                _post({"archive": archive, **body}, section)
            case "mail":
                _mail(body, section, archive)
            case "command":
                _run({"archive": archive, **body}, section)
            case _:
                raise NotDelivered(f"no such channel: {channel}")
    except (OSError, smtplib.SMTPException, ValueError, subprocess.SubprocessError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}"[:_SHOWN]) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A webhook that moves is to be named anew, not followed."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _post(body: Mapping[str, Any], section: AlertsSection) -> None:
    if not section.webhook.startswith(("http://", "https://")):
        raise ConfigError("[alerts] webhook", "must be an http or https URL")
    data = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(section.webhook, data=data, method="POST")  # noqa: S310  http or https
    request.add_header("Content-Type", "application/json; charset=utf-8")
    request.add_header("User-Agent", SOFTWARE)
    if section.webhook_token:
        request.add_header("Authorization", f"Bearer {section.webhook_token}")
    # The proxy variables of the environment are not looked at, as elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    with opener.open(request, timeout=section.timeout) as answer:
        answer.read(_SHOWN)


def _mail(body: Mapping[str, Any], section: AlertsSection, archive: str) -> None:
    message = EmailMessage()
    site = f" {body['site']}" if body.get("site") else ""
    message["Subject"] = _line(f"[archiver] {body['event']}: {body['rule']}{site}")
    message["From"] = section.mail_from or section.mail_to[0]
    message["To"] = ", ".join(section.mail_to)
    message["Auto-Submitted"] = "auto-generated"
    since = f"Since: {body['raised_at']}\n" + (f"Until: {body['resolved_at']}\n" if body.get("resolved_at") else "")
    message.set_content(
        f"{body['text']}\n\n{since}Archive: {archive}\n`archiver alerts` lists all that is wrong now.\n"
    )
    context = ssl.create_default_context()
    if section.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            section.smtp_host, section.smtp_port, timeout=section.timeout, context=context
        )
    else:
        server = smtplib.SMTP(section.smtp_host, section.smtp_port, timeout=section.timeout)
    with server:
        if section.smtp_security == "starttls":
            server.starttls(context=context)
        if section.smtp_user:
            server.login(section.smtp_user, section.smtp_password)
        server.send_message(message)


def _run(body: Mapping[str, Any], section: AlertsSection) -> None:
    done = subprocess.run(  # noqa: S603  the operator's own command, without a shell
        shlex.split(section.command),
        input=json.dumps(body, ensure_ascii=False).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=section.timeout,
        check=False,
    )
    if done.returncode:
        said = done.stderr[-_SHOWN:].decode("utf-8", "replace").strip()
        raise NotDelivered(f"the command ended with {done.returncode}: {said}")


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
