"""A real SMTP server (Debian's python3-aiosmtpd) for the story tests.

Prints its port, then one JSON object per mail it took, and one per mail that it let hang for long enough. What the
recipient's local part says is what it does: a key of AT_RCPT or AT_DATA, or hang; a greeting as "bare" is refused. Ends when its standard input does,
so that no test leaves it behind.
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


# As servers answer: `{}` is the address.
AT_RCPT = {
    "refused": "550 5.1.1 <{}>: Recipient address rejected: User unknown",
    "relay": "554 5.7.1 <{}>: Relay access denied",
    "busy": "451 4.3.0 Try again later",
    "grey": "450 4.7.1 <{}>: Recipient address rejected: Greylisted",
    "greeting": "504 5.5.2 <web1>: Helo command rejected: need fully-qualified hostname",
    "unresolved": "450 4.7.1 <web1.bank.example>: Helo command rejected: Host not found",
    "sender": "450 4.1.8 <no-reply@bank.example>: Sender address rejected: Domain not found",
    "listed": "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service "
    "provider since part of their network is on our block list (S3140).",
    "gone": "550-Sorry, nobody here\r\n550 5.2.1 of that name",
    "exchange": "550 5.4.1 Recipient address rejected: Access denied",
    "qmail": "550 sorry, no mailbox here by that name. (#5.1.1)",
    "unverified": "450 4.1.1 <{}>: Recipient address rejected: unverified address",
    "full": "552 5.2.2 The mailbox of <{}> is over quota",
    "fullish": "452 4.2.2 over quota",
}
AT_DATA = {
    "late": "550 5.1.1 No such user after all",
    "spam": "554 5.7.1 Looks like spam",
    "dmarc": "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 See our help",
}


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if hostname == "bare":
            return ["504 5.5.2 <bare>: Helo command rejected: need fully-qualified hostname"]
        return responses

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local = address.split("@")[0]
        if local in AT_RCPT:
            return AT_RCPT[local].format(address.upper())
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local in AT_DATA:
            return AT_DATA[local]
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
            "hello": session.host_name,
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
