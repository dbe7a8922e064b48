#!/usr/bin/env python3
"""A device in one file: it makes its key, signs what it says, and hands it in over HTTP or MQTT.

    python3 device.py new pump.json
    python3 device.py show pump.json --credential pump.vc --aud https://plant.example/ --to http://127.0.0.1:7070
    python3 device.py say pump.json --aud https://plant.example/historian/1 --name pump/temperature --value 81.5 --unit Cel \\
        --to mqtt://127.0.0.1:1883

--to is an http(s) or mqtt(s) URL; without it the message is printed. --for NAME signs for a device that cannot, as its gateway
(delegation.md). A bearer token for HTTP is read from ASSAY_TOKEN. Needs Python 3.9 and the package cryptography, nothing else. What
a message is, and what must be kept where, own-devices.md says; each rule stands beside the line that keeps it.
"""

import argparse
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MQTT_SECONDS = 30


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number > 0:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def did_of(key: Ed25519PrivateKey) -> str:
    """did:key: multibase base58btc over the multicodec of Ed25519 (ed01) and the key."""
    return "did:key:z" + base58(b"\xed\x01" + public_bytes(key))


class Device:
    """The key and the position of a device, in a file that is written before a message leaves."""

    def __init__(self, path: str):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.kept = json.load(file)
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.kept["seed"]))
        self.did = did_of(self.key)

    @staticmethod
    def make(path: str) -> "Device":
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump({"seed": os.urandom(32).hex(), "positions": {}}, out)
        return Device(path)

    def save(self) -> None:
        """A counter that is used twice would prove equivocation: it is on the disk before the message is anywhere else."""
        new = self.path + ".new"
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(self.kept, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, self.path)

    def sign(self, typ: str, payload: dict) -> bytes:
        """A compact JWS (RFC 7515) with EdDSA (RFC 8037)."""
        header = {"alg": "Ed25519", "kid": f"{self.did}#{self.did[len('did:key:'):]}", "typ": typ}
        parts = [base64url(json.dumps(one, separators=(",", ":")).encode("utf-8")) for one in (header, payload)]
        signing_input = ".".join(parts).encode("ascii")
        return signing_input + b"." + base64url(self.key.sign(signing_input)).encode("ascii")

    def presentation(self, aud: str, credential: str) -> bytes:
        payload = {"iss": self.did, "aud": aud, "iat": int(time.time()), "vc": [credential]}
        return self.sign("m2m-presentation+jwt", payload)

    def message(self, aud: str, senml: list, name: "str | None" = None, reboot: bool = False) -> bytes:
        """The next message of the device, or of one that cannot sign and has a sequence of its own."""
        position = self.kept["positions"].setdefault(name or "", {"epo": 0, "seq": 0, "prv": None})
        if reboot:
            position.update(epo=position["epo"] + 1, seq=0)
        payload = {"iss": self.did, "aud": aud, "iat": int(time.time()), "act": "telemetry"}
        if name is not None:
            payload["sub"] = name
        payload.update(epo=position["epo"], seq=position["seq"], prv=position["prv"], senml=senml)
        token = self.sign("m2m-message+jwt", payload)
        # The next message names this one by its signing input, across boots too.
        signing_input = token[: token.rindex(b".")]
        position.update(seq=position["seq"] + 1, prv=base64url(hashlib.sha256(signing_input).digest()))
        self.save()
        return token


def over_http(url: str, token: bytes) -> str:
    """POST /v1/messages; 202 when it is durable in the log. 429 and 503 say when to try again, with the same bytes."""
    headers = {"content-type": "application/jose"}
    if "ASSAY_TOKEN" in os.environ:
        headers["authorization"] = f"Bearer {os.environ['ASSAY_TOKEN']}"
    request = urllib.request.Request(url.rstrip("/") + "/v1/messages", data=token, headers=headers)
    for _ in range(5):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode("utf-8")
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503):
                raise SystemExit(f"{url} refuses: {refusal.code} {refusal.read().decode('utf-8')}") from None
            time.sleep(float(refusal.headers.get("retry-after", "1")))
    raise SystemExit(f"{url} takes nothing at present")


class Mqtt:
    """As much of MQTT 3.1.1 as a device needs that publishes with QoS 1: CONNECT, PUBLISH, PUBACK, DISCONNECT."""

    def __init__(self, url: urllib.parse.SplitResult, did: str):
        secure = url.scheme == "mqtts"
        raw = socket.create_connection((url.hostname, url.port or (8883 if secure else 1883)), MQTT_SECONDS)
        if secure:
            context = ssl.create_default_context(cafile=os.environ.get("DEVICE_CA"))
            if "DEVICE_CERT" in os.environ:
                context.load_cert_chain(os.environ["DEVICE_CERT"], os.environ.get("DEVICE_KEY"))
            raw = context.wrap_socket(raw, server_hostname=url.hostname)
        self.socket = raw
        # The session outlives the connection (clean session 0); the user name is the DID, to which the ACL binds the topic.
        variable = self.text("MQTT") + bytes([4, 0b1000_0000]) + struct.pack(">H", 60)
        self.send(0x10, variable + self.text(did) + self.text(did))
        kind, body = self.receive()
        if kind != 0x20 or body[1] != 0:
            raise SystemExit(f"the broker refuses {did} (CONNACK {body.hex()})")

    @staticmethod
    def text(value: str) -> bytes:
        data = value.encode("utf-8")
        return struct.pack(">H", len(data)) + data

    def send(self, kind: int, body: bytes) -> None:
        length, size = b"", len(body)
        while True:
            size, digit = divmod(size, 128)
            length += bytes([digit | (0x80 if size > 0 else 0)])
            if size == 0:
                break
        self.socket.sendall(bytes([kind]) + length + body)

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if more == b"":
                raise ConnectionError("the broker ended the connection")
            data += more
        return data

    def receive(self) -> "tuple[int, bytes]":
        kind, size, shift = self.exactly(1)[0], 0, 0
        while True:
            digit = self.exactly(1)[0]
            size |= (digit & 0x7F) << shift
            shift += 7
            if digit < 0x80:
                return kind & 0xF0, self.exactly(size)

    def publish(self, topic: str, payload: bytes, again: bool) -> None:
        """Returns when the broker has it."""
        self.send(0x3A if again else 0x32, self.text(topic) + struct.pack(">H", 1) + payload)
        while True:
            kind, body = self.receive()
            if kind == 0x40 and body[:2] == struct.pack(">H", 1):
                return

    def close(self) -> None:
        self.send(0xE0, b"")
        self.socket.close()


def over_mqtt(url: urllib.parse.SplitResult, did: str, token: bytes) -> str:
    """At least once: the same bytes again over a new connection. What comes twice Assay recognises, and charges to nobody."""
    topic = f"assay/v1/{did}/messages"
    for attempt in range(5):
        try:
            client = Mqtt(url, did)
            client.publish(topic, token, attempt > 0)
            client.close()
            return f"published on {topic}"
        except OSError as cause:
            print(f"not yet: {cause}", file=sys.stderr)
            time.sleep(2**attempt)
    raise SystemExit("no broker takes it")


def hand_in(to: "str | None", did: str, token: bytes) -> str:
    if to is None:
        return token.decode("ascii")
    url = urllib.parse.urlsplit(to)
    return over_mqtt(url, did, token) if url.scheme in ("mqtt", "mqtts") else over_http(to, token)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("new", help="make a key").add_argument("file")
    show, say = verbs.add_parser("show", help="show a credential"), verbs.add_parser("say", help="say a reading")
    for verb in (show, say):
        verb.add_argument("file")
        verb.add_argument("--aud", required=True)
        verb.add_argument("--to")
    show.add_argument("--credential", required=True)
    say.add_argument("--name", required=True)
    say.add_argument("--value", required=True, type=float)
    say.add_argument("--unit")
    say.add_argument("--for", dest="device")
    say.add_argument("--reboot", action="store_true")
    given = parser.parse_args()
    if given.verb == "new":
        print(Device.make(given.file).did)
        return
    device = Device(given.file)
    if given.verb == "show":
        with open(given.credential, encoding="utf-8") as file:
            token = device.presentation(given.aud, file.read().strip())
    else:
        reading = {"n": given.name, "v": given.value}
        if given.unit is not None:
            reading["u"] = given.unit
        token = device.message(given.aud, [reading], given.device, given.reboot)
    print(hand_in(given.to, device.did, token))


if __name__ == "__main__":
    main()
