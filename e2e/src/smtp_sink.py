"""Takes every mail and writes it down, one JSON object a line, before it answers 250."""
import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP

port, path = int(sys.argv[1]), sys.argv[2]


class WriteDown:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = message.get_body(("plain",))
        line = json.dumps({
            "to": envelope.rcpt_tos,
            "message_id": message["Message-ID"],
            "text": text.get_content() if text else "",
        })
        with open(path, "a") as file:
            file.write(line + "\n")
        return "250 taken"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(WriteDown(), loop=loop), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main())
