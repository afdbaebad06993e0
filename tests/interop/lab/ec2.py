#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""ec2.py FOLDER ADDRESS PORT: the lab's EC2 endpoint.

HTTPS; recomputes the caller's signature with botocore. DescribeVpnConnections of the lab's own connection is
answered by answer.py, with flaws where a test wants them; every other action of EC2 by account.py, in the spelling
of botocore's model (wire.py); GetSecretValue of Secrets Manager here. FOLDER holds the certificates
(pki/) and ec2.json, read anew for every connection: {"certificate": KIND, "flaw": NAME, "clock": SECONDS,
"changes": ..., "connection_changes": ..., "order": ... (these as in answer.changed()), "denied": [ACTION]}. Every
request becomes one JSON line on standard output: action, id, verdict.

Flaws of the transport are here, those of the document in answer.py."""
import datetime
import hmac
import http.server
import json
import pathlib
import socket
import ssl
import sys
import threading
import time
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

if __package__ in (None, ""):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    __package__ = "lab"
from lab import answer, plan, wire  # noqa: E402
from lab.account import Account  # noqa: E402

KEYS = {plan.ACCESS_KEY: plan.SECRET_KEY}
SKEW_SECONDS = 900


class Recompute(SigV4Auth):
    """The signature over the caller's own time stamp and choice of signed headers."""

    def __init__(self, *args, signed, **options):
        super().__init__(*args, **options)
        self.signed = signed

    def headers_to_sign(self, request):
        chosen = HTTPHeaders()
        for name in self.signed:
            chosen[name] = request.headers[name]
        return chosen


def authenticate(method, path, headers, body, now):
    """None, or (status, Code, Message) of the refusal."""
    header = headers.get("Authorization", "")
    if not header.startswith("AWS4-HMAC-SHA256 "):
        return 403, "MissingAuthenticationToken", "Request is missing Authentication Token"
    try:
        fields = dict(part.strip().split("=", 1) for part in header[17:].split(","))
        key, day, region, service, terminator = fields["Credential"].split("/")
        signed = fields["SignedHeaders"].split(";")
        stamp = headers["X-Amz-Date"]
        sent = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    except (KeyError, ValueError, TypeError):
        return 400, "IncompleteSignature", "The request signature does not conform to AWS standards"
    if key not in KEYS:
        return 401, "AuthFailure", "AWS was not able to validate the provided access credentials"
    if abs((now - sent).total_seconds()) > SKEW_SECONDS:
        return 400, "RequestExpired", f"Request has expired. Timestamp date is {stamp}"
    if (day, region, terminator) != (stamp[:8], plan.REGION, "aws4_request") or \
            service != headers["Host"].split(".")[0] or \
            "host" not in signed or any(name not in headers for name in signed):
        return 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region and service"
    url = urllib.parse.urlsplit(path)
    request = AWSRequest(method=method, url=f"https://{headers['Host']}{url.path}", data=body,
                         params=dict(urllib.parse.parse_qsl(url.query, True)))
    for name in signed:
        request.headers[name] = headers[name]
    request.context["timestamp"] = stamp
    credentials = Credentials(key, KEYS[key], headers.get("X-Amz-Security-Token"))
    signer = Recompute(credentials, service, region, signed=signed)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    if not hmac.compare_digest(signer.signature(text, request), fields["Signature"]):
        return (403, "SignatureDoesNotMatch", "The request signature we calculated does not match the "
                "signature you provided. Check your AWS Secret Access Key and signing method.")
    return None


def describe(account, query, settings):
    """(status, body) of an authenticated request to EC2."""
    flaw = settings.get("flaw")
    if flaw == "throttled":
        return 503, answer.error("RequestLimitExceeded", "Request limit exceeded.").encode()
    if flaw == "unauthorized":
        return 403, answer.error("UnauthorizedOperation",
                                 "You are not authorized to perform this operation.").encode()
    if flaw == "internal":
        return 500, answer.error("InternalError", "An internal error has occurred").encode()
    if flaw == "leaky-page":
        page = f"<html>502 {plan.SECRET_KEY} {plan.TUNNELS[0].psk} \033[2J</html>"
        return 502, page.encode()
    action, denied = query.get("Action"), settings.get("denied", ())
    try:
        parameters = wire.parameters(action, query)
        if action == "DescribeVpnConnections" and action not in denied and \
                parameters == {"VpnConnectionIds": [plan.VPN_ID]}:
            return 200, answer.build(flaw, lab_connection(settings))
        return 200, wire.answer(action, account.do(action, parameters, denied)).encode()
    except wire.Refused as refused:
        return refused.status, wire.error(refused.code, refused.message).encode()


def refusal_body(target, code, message):
    if target:
        return json.dumps({"__type": code, "message": message}).encode()
    return answer.error(code, message).encode()


def lab_connection(settings):
    return answer.changed(*(settings.get(k) for k in ("changes", "connection_changes", "order")))


def secret(target, body, settings):
    """(status, body) of an authenticated request to Secrets Manager."""
    data = lab_connection(settings)
    if target != "secretsmanager.GetSecretValue":
        return 400, json.dumps({"__type": "UnknownOperationException"}).encode()
    if "GetSecretValue" in settings.get("denied", ()):
        return 400, json.dumps({"__type": "AccessDeniedException", "Message": "not authorized"}).encode()
    if json.loads(body)["SecretId"] != data["secret"]:
        return 400, json.dumps({"__type": "ResourceNotFoundException",
                                "Message": "Secrets Manager can't find the specified secret."}).encode()
    keys = {t["outside"]: t["psk"] for t in data["tunnels"]}
    return 200, json.dumps({"ARN": data["secret"], "SecretString": json.dumps(keys)}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "AmazonEC2", ""

    def setup(self):
        self.request.settimeout(40)
        try:
            self.request.do_handshake()
        except (ssl.SSLError, OSError) as error:
            self.server.note(handshake=str(error))
            raise ConnectionAbortedError from error
        super().setup()

    def now(self):
        offset = datetime.timedelta(seconds=self.settings.get("clock", 0))
        return datetime.datetime.utcnow() + offset

    def date_time_string(self, timestamp=None):
        return self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")

    def do_POST(self):
        self.settings = self.server.settings()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target")
        query = {} if target else dict(urllib.parse.parse_qsl(
            body.decode() if self.command == "POST" else urllib.parse.urlsplit(self.path).query, True))
        refusal = authenticate(self.command, self.path, self.headers, body, self.now())
        if refusal:
            status, content = refusal[0], refusal_body(target, *refusal[1:])
        else:
            with self.server.lock:
                status, content = secret(target, body, self.settings) if target else \
                    describe(self.server.account, query, self.settings)
        self.server.note(action=target or query.get("Action"), id=query.get("VpnConnectionId.1"),
                         dry=query.get("DryRun") == "true",
                         verdict=refusal[1] if refusal else "OK", status=status,
                         host=self.headers.get("Host"))
        self.respond(status, content)

    do_GET = do_POST

    def respond(self, status, content):
        flaw = self.settings.get("flaw")
        if flaw == "silent":
            time.sleep(60)
            return
        if flaw == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1" if self.headers.get("X-Amz-Target") else
                         "text/xml;charset=UTF-8")
        if flaw == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(content), 1000):
                piece = content[at:at + 1000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        length = 5 << 30 if flaw == "huge" else len(content)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if flaw == "truncated":
            self.wfile.write(content[:len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.request.unwrap = lambda: None
            self.request.shutdown(socket.SHUT_RDWR)
        elif flaw == "slow":
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
        else:
            self.wfile.write(content)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder, address):
        super().__init__(address, Handler)
        self.folder = pathlib.Path(folder)
        self.account, self.lock = Account(), threading.Lock()

    def settings(self):
        try:
            return json.loads((self.folder / "ec2.json").read_text())
        except FileNotFoundError:
            return {}

    def note(self, **fields):
        print(json.dumps(fields), flush=True)

    def get_request(self):
        plain, address = super().get_request()
        kind = self.settings().get("certificate", "good")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "pki" / f"{kind}.pem", self.folder / "pki" / f"{kind}.key")
        return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        pass


if __name__ == "__main__":
    Server(sys.argv[1], (sys.argv[2], int(sys.argv[3]))).serve_forever()
