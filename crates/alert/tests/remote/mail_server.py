"""A mail server that wants STARTTLS and a password, and appends what it takes to a file, a line of JSON a mail.

    mail_server.py PORT FILE CERTIFICATE KEY
"""

import email
import email.policy
import json
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, path, certificate, key = int(sys.argv[1]), *sys.argv[2:]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        facts = {
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "subject": mail["Subject"],
            "id": mail["Message-ID"],
            "text": mail.get_body(("plain",)).get_content(),
            "html": mail.get_body(("html",)).get_content(),
            "defects": sum(len(part.defects) for part in mail.walk()),
        }
        with open(path, "a") as file:
            file.write(json.dumps(facts) + "\n")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"me", b"hunter2"))


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
Controller(
    Handler(),
    hostname="127.0.0.1",
    port=port,
    tls_context=context,
    require_starttls=True,
    authenticator=authenticate,
    auth_required=True,
).start()
while True:
    time.sleep(1)
