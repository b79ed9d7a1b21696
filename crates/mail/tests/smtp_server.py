"""A real SMTP server (Debian's python3-aiosmtpd) for the story tests.

Prints its port, then one JSON object per mail it took, and one per mail that it let hang for long enough. What the
recipient's local part says is what it does: refused, relay, busy, late, spam, hang. Ends when its standard input does, so that no test leaves it behind.
"""

import argparse
import asyncio
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

warnings.simplefilter("ignore")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

arguments = argparse.ArgumentParser()
arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments.add_argument("--user")
arguments.add_argument("--password")
options = arguments.parse_args()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local = address.split("@")[0]
        if local == "refused":
            return f"550 5.1.1 <{address.upper()}>: Recipient address rejected: User unknown"
        if local == "relay":
            return f"554 5.7.1 <{address}>: Relay access denied"
        if local == "busy":
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local == "late":
            return "550 5.1.1 No such user after all"
        if local == "spam":
            return "554 5.7.1 Looks like spam"
        if local == "hang":
            try:
                await asyncio.sleep(2)
            finally:  # Also when whoever waited has gone away.
                print(json.dumps({"hung": envelope.rcpt_tos[0]}), flush=True)
            return "554 5.7.1 That took long, and it is a no"
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("ascii"),
            "tls": session.ssl is not None or options.tls == "implicit",
            "user": session.auth_data,
        }
        print(json.dumps(mail), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, login):
    right = login.login.decode() == options.user and login.password.decode() == options.password
    # handled=False: the server says the 535 itself.
    return AuthResult(success=right, handled=False, auth_data=options.user if right else None)


async def main():
    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    login = options.user is not None

    def session():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticate if login else None,
            auth_required=login,
            auth_require_tls=options.tls == "starttls",
            loop=asyncio.get_running_loop(),
        )

    listening = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", options.port, ssl=context if options.tls == "implicit" else None
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
