#!/usr/bin/env python3
"""Checks a decision from files alone, with no line of code of Assay: from the device's message to a block of a chain.

    python3 check_decision.py decision.json --schemas schemas --log-key vkeys/p000.vkey --anchor-key anchor.vkey \\
        --contract 0x... --chain 1 --message message.jws --rpc http://127.0.0.1:8545 --confirmations 32

decision.json is what `assay anchor prove` wrote; schemas holds the Avro schemas (schemas/avsc of the source). Keys, contract and
chain must come from somebody whom you trust, and the node of --rpc should be your own. Without --rpc name a block that you know to be
on the chain: --block HASH. Each step prints a line; the first one that does not hold ends with exit code 1 and says which. It reads
anchors of an EVM chain and messages that are a compact JWS. Needs Python 3.9 and the package cryptography, nothing else.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import struct
import sys
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """Why the file proves nothing."""


def need(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text):
    return base64.b64decode(text, validate=True)


# --- Avro 1.12: the types that the schemas of the record use ---


class Avro:
    def __init__(self, directory):
        self.types = {}
        files = sorted(pathlib.Path(directory).glob("*.avsc"))
        need(files, f"{directory} holds no .avsc files")
        for file in files:
            self.learn(json.loads(file.read_text("utf8")))

    def learn(self, schema):
        if isinstance(schema, list):
            for branch in schema:
                self.learn(branch)
        elif isinstance(schema, dict):
            if "name" in schema:
                self.types[schema["name"]] = schema
            for part in [schema["type"], schema.get("items"), *(f["type"] for f in schema.get("fields", []))]:
                if not isinstance(part, str):
                    self.learn(part)

    def read(self, name, data):
        value, rest = self.decode(name, data, 0)
        need(rest == len(data), f"bytes are left behind a {name}")
        return value

    def long(self, data, at):
        value = shift = 0
        while True:
            need(at < len(data) and shift < 70, "a record ends too early")
            byte, at = data[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1), at

    def decode(self, schema, data, at):
        if isinstance(schema, list):
            branch, at = self.long(data, at)
            need(0 <= branch < len(schema), "a union has no such branch")
            return self.decode(schema[branch], data, at)
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(schema, str) and schema in self.types:
            return self.decode(self.types[schema], data, at)
        if kind == "null":
            return None, at
        if kind in ("int", "long"):
            return self.long(data, at)
        if kind in ("string", "bytes"):
            size, at = self.long(data, at)
            need(0 <= size <= len(data) - at, "a record ends too early")
            value = data[at : at + size]
            return (value.decode("utf8") if kind == "string" else value), at + size
        if kind == "double":
            need(at + 8 <= len(data), "a record ends too early")
            return struct.unpack_from("<d", data, at)[0], at + 8
        if kind == "boolean":
            need(at < len(data) and data[at] < 2, "a boolean is none")
            return data[at] == 1, at + 1
        if kind == "enum":
            number, at = self.long(data, at)
            need(0 <= number < len(schema["symbols"]), "an enum has no such symbol")
            return schema["symbols"][number], at
        if kind == "array":
            values = []
            while True:
                count, at = self.long(data, at)
                if count == 0:
                    return values, at
                need(0 < count <= len(data) - at, "an array is longer than its record")
                for _ in range(count):
                    value, at = self.decode(schema["items"], data, at)
                    values.append(value)
        if kind == "record":
            values = {}
            for field in schema["fields"]:
                values[field["name"]], at = self.decode(field["type"], data, at)
            return values, at
        raise Refused(f"the schema has a type that this script does not read: {kind}")

    def encode(self, schema, value):
        if isinstance(schema, list):
            branch = 0 if value is None else 1
            return self.encode("long", branch) + self.encode(schema[branch], value)
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(schema, str) and schema in self.types:
            return self.encode(self.types[schema], value)
        if kind == "null":
            return b""
        if kind in ("int", "long"):
            zigzag, out = (value << 1) ^ (value >> 63), bytearray()
            while zigzag > 0x7F:
                out.append(zigzag & 0x7F | 0x80)
                zigzag >>= 7
            return bytes(out) + bytes([zigzag])
        if kind in ("string", "bytes"):
            data = value.encode("utf8") if kind == "string" else value
            return self.encode("long", len(data)) + data
        if kind == "array":
            items = b"".join(self.encode(schema["items"], item) for item in value)
            return (self.encode("long", len(value)) + items if value else b"") + b"\0"
        if kind == "record":
            return b"".join(self.encode(field["type"], value[field["name"]]) for field in schema["fields"])
        raise Refused(f"the schema has a type that this script does not write: {kind}")


# --- C2SP signed-note, tlog-checkpoint, tlog-proof; RFC 6962 ---


def verifier_key(path):
    name, key_id, key = pathlib.Path(path).read_text("utf8").strip().split("+", 2)
    typed = b64(key)
    need(typed[0] == 1 and len(typed) == 33, f"{path} is no Ed25519 key of a log")
    need(sha256(name.encode(), b"\n", typed)[:4].hex() == key_id, f"{path} is damaged")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(typed[1:])


def signed_head(note, key):
    """Size and root of a checkpoint that this key signed."""
    name, key_id, public = key
    text, _, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    need(lines[0] == name, f"the checkpoint is of {lines[0]}, not of {name}")
    need(len(lines) == 3, "the checkpoint has not three lines")
    for line in signatures.split("\n"):
        if not line.startswith(f"\u2014 {name} "):
            continue
        signature = b64(line.rsplit(" ", 1)[1])
        if signature[:4] == key_id:
            public.verify(signature[4:], f"{text}\n".encode())
            return int(lines[1]), b64(lines[2])
    raise Refused(f"{name} has not signed the checkpoint")


def tlog_proof(text):
    head, _, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    need(first == "c2sp.org/tlog-proof@v1", "a proof is no tlog-proof")
    extra = b64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
    return int(lines[0].removeprefix("index ")), [b64(line) for line in lines[1:]], checkpoint, extra


def check_inclusion(entry, index, path, size, root):
    """RFC 9162, section 2.1.3.2."""
    need(index < size, "the leaf is beyond the tree")
    node, at, last = sha256(b"\0", entry), index, size - 1
    for sibling in path:
        need(last > 0, "the path is too long")
        if at & 1 or at == last:
            node = sha256(b"\1", sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\1", node, sibling)
        at, last = at >> 1, last >> 1
    need(last == 0 and node == root, "the path does not lead to the signed root")


# --- Ethereum: Keccak-256, RLP, Merkle Patricia trie ---

MASK = (1 << 64) - 1


def rotate(word, by):
    return (word << by | word >> (64 - by)) & MASK if by else word


def permute(lanes):
    """Keccak-f[1600] (FIPS 202, section 3)."""
    register = 1
    for _ in range(24):
        columns = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
        mixed = [columns[x - 1] ^ rotate(columns[(x + 1) % 5], 1) for x in range(5)]
        lanes = [[lane ^ mixed[x] for lane in lanes[x]] for x in range(5)]
        x, y, held = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            held, lanes[x][y] = lanes[x][y], rotate(held, (step + 1) * (step + 2) // 2 % 64)
        for y in range(5):
            row = [lanes[x][y] for x in range(5)]
            for x in range(5):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & MASK & row[(x + 2) % 5])
        for bit in range(7):
            register = (register << 1 ^ (register >> 7) * 0x171) & 0xFF
            if register & 2:
                lanes[0][0] ^= 1 << ((1 << bit) - 1)
    return lanes


def keccak256(data):
    """As Ethereum has it: the padding of Keccak before it became SHA-3."""
    rate, lanes = 136, [[0] * 5 for _ in range(5)]
    padded = bytearray(data) + b"\1" + bytes(-(len(data) + 1) % rate)
    padded[-1] |= 0x80
    for block in range(0, len(padded), rate):
        for at in range(rate // 8):
            lanes[at % 5][at // 5] ^= int.from_bytes(padded[block + 8 * at : block + 8 * at + 8], "little")
        lanes = permute(lanes)
    return b"".join(lanes[at % 5][at // 5].to_bytes(8, "little") for at in range(4))


def rlp(data, at=0):
    """One item, and where it ends."""
    need(at < len(data), "RLP ends too early")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0x80 if first < 0xC0 else 0xC0
    size, start = first - base, at + 1
    if size > 55:
        start = at + 1 + size - 55
        size = int.from_bytes(data[at + 1 : start], "big")
    end = start + size
    need(end <= len(data), "RLP ends too early")
    if base == 0x80:
        return data[start:end], end
    items = []
    while start < end:
        item, start = rlp(data, start)
        items.append(item)
    need(start == end, "an RLP list is longer than it says")
    return items, end


def rlp_whole(data):
    item, end = rlp(data)
    need(end == len(data), "bytes are left behind RLP")
    return item


def rlp_number(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return data if len(data) == 1 and data[0] < 0x80 else bytes([0x80 + len(data)]) + data


def receipt_under(root, index, nodes):
    """The receipt that the trie of this root has at a place (Yellow Paper, appendix D)."""
    nibbles = [int(digit, 16) for digit in rlp_number(index).hex()]
    rest, reference = list(nodes), root
    while True:
        if isinstance(reference, list):
            node = reference
        else:
            need(rest and keccak256(rest[0]) == reference, "the nodes do not lead from the header to a receipt")
            node = rlp_whole(rest.pop(0))
        if len(node) == 17:
            reference, nibbles = (node[nibbles[0]], nibbles[1:]) if nibbles else (None, [])
            need(reference is not None, "the trie has no receipt there")
            continue
        path = [int(digit, 16) for digit in node[0].hex()]
        own = path[1:] if path[0] & 1 else path[2:]
        need(nibbles[: len(own)] == own, "the trie has another key there")
        nibbles, reference = nibbles[len(own) :], node[1]
        if path[0] & 2:
            need(not nibbles and not rest, "the nodes go on behind the receipt")
            return reference


def ask(url, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = json.load(answer)
    need("result" in said, f"the node refuses {method}: {said.get('error')}")
    return said["result"]


# --- The steps ---

# 00 and the id of the schema, with which a leaf is hashed (schemas/README.md).
LEAF_HEADER = b"\0" + struct.pack(">I", 11)


def check_event(proof, avro, key):
    """Event -> leaf -> the partition's signed checkpoint."""
    index, path, checkpoint, extra = tlog_proof(proof)
    held = json.loads(extra)
    need(held["format"] == "assay-proof/2" and "event" in held, "the proof holds no whole event (was its device erased?)")
    record = b64(held["event"])
    event = avro.read("AuditEvent", record[5:])
    pseudonym, statement = b64(held["leaf"]["pseudonym"]), b64(held["leaf"]["statement"])
    need((len(pseudonym), len(statement)) == ((16, 32) if event["device"] else (0, 0)), "pseudonym or statement is none")
    leaf = {
        **{name: event[name] for name in ("origin", "index", "kind")},
        "pseudonym": pseudonym,
        "commitment": sha256(b64(held["salt"]), record),
        "statement": statement,
    }
    entry = LEAF_HEADER + avro.encode("Leaf", leaf)
    size, root = signed_head(checkpoint, key)
    check_inclusion(entry, index, path, size, root)
    place = "/".join(str(event["origin"][part]) for part in ("epoch", "partition", "offset"))
    decision = event["decision"] or {"outcome": "no outcome", "reasons": event["reasons"]}
    print(f"ok  the {event['kind']} on {place}: {decision['outcome']}, reasons {decision['reasons']}")
    print(f"ok  it is leaf {index} of the {size} that {key[0]} signed")
    return event, checkpoint


def check_message(path, event):
    """A compact JWS: the event names the digest of what is signed."""
    token = pathlib.Path(path).read_bytes().rstrip(b"\r\n")
    need(token.count(b".") == 2, f"{path} is no compact JWS")
    digest = base64.urlsafe_b64encode(sha256(token.rpartition(b".")[0])).rstrip(b"=").decode()
    need(event["digest"] == digest, f"the decision is on the message {event['digest']}, not on {digest}")
    print(f"ok  the message of {path} is the one that was decided")


def check_anchor(anchor, checkpoint, key, contract):
    """Checkpoint -> anchor log -> receipt -> block header. @returns the block's hash and number"""
    index, path, note, _ = tlog_proof(anchor["inclusion"])
    evidence = anchor["evidence"]
    size, root = signed_head(note, key)
    check_inclusion(checkpoint.encode(), index, path, size, root)
    print(f"ok  that checkpoint is leaf {index} of the {size} that {key[0]} signed")
    header = bytes.fromhex(evidence["header"][2:])
    fields = rlp_whole(header)
    nodes = [bytes.fromhex(node[2:]) for node in evidence["receipt"]]
    receipt = receipt_under(fields[5], evidence["index"], nodes)
    status, _, _, logs = rlp_whole(receipt if receipt[0] >= 0xC0 else receipt[1:])
    need(status == b"\1", "the transaction failed")
    topic = keccak256(b"Anchored(uint64,bytes32,bytes32)")
    said = [topic, size.to_bytes(32, "big"), root + sha256(note.encode())]
    address = bytes.fromhex(contract[2:])
    need(
        any(at == address and [*topics, data] == said for at, topics, data in logs),
        f"the transaction has no event of {contract} with this size, root and checkpoint",
    )
    block = "0x" + keccak256(header).hex()
    number = int.from_bytes(fields[8], "big")
    print(f"ok  the contract has its size, root and hash, in block {number}, {block}")
    return block, number


def check_block(block, number, given):
    if given.block is not None:
        need(given.block.lower() == block, f"the anchor is in block {block}, not in {given.block}")
        print("ok  this is the block that you named")
        return
    need(given.rpc is not None, "nobody was asked whether the chain has this block: --rpc URL or --block HASH")
    need(int(ask(given.rpc, "eth_chainId"), 16) == given.chain, f"the node is not of chain {given.chain}")
    there = ask(given.rpc, "eth_getBlockByNumber", hex(number), False)
    need(there is not None and there["hash"] == block, "the node has another block at this height")
    above = int(ask(given.rpc, "eth_blockNumber"), 16) - number
    need(above >= given.confirmations, f"{above} blocks stand above it, not {given.confirmations}")
    print(f"ok  the node has this block, and {above} above it")


def check(given):
    file = json.loads(pathlib.Path(given.file).read_text("utf8"))
    need(file.get("format") == "assay-anchored/1", "the file is none of assay anchor prove")
    event, checkpoint = check_event(file["proof"], Avro(given.schemas), verifier_key(given.log_key))
    if given.message is not None:
        check_message(given.message, event)
    place = ("evm", given.chain, given.contract.lower())
    places = [(of["kind"], of.get("chain"), of.get("contract", "").lower()) for of in (a["evidence"] for a in file["anchors"])]
    anchors = [anchor for anchor, its in zip(file["anchors"], places) if its == place]
    need(anchors, f"the file has no anchor at {given.contract} of chain {given.chain}")
    check_block(*check_anchor(anchors[0], checkpoint, verifier_key(given.anchor_key), given.contract), given)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    for name in ("schemas", "log-key", "anchor-key", "contract"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--chain", type=int, required=True)
    arguments.add_argument("--confirmations", type=int, default=32)
    for name in ("message", "rpc", "block"):
        arguments.add_argument(f"--{name}")
    try:
        check(arguments.parse_args())
    except Refused as why:
        sys.exit(f"NOT VALID: {why}")
    except InvalidSignature:
        sys.exit("NOT VALID: a signature is not that of its key")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError) as why:
        sys.exit(f"NOT VALID: the files cannot be read: {type(why).__name__}: {why}")
    print("valid")


if __name__ == "__main__":
    main()
