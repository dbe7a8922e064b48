/** Settings of `assay anchor`, which is a process of its own: where the anchor log's head is written, how often, at what price. */
import { KEY_FORM } from "../key-form.ts"
import { optional, secret, text, whole } from "../setting.ts"

const part = "anchor"

export const ANCHOR = {
  rpc: secret(
    optional({
      key: "ASSAY_ANCHOR_RPC",
      part,
      form: "an http or https URL",
      about: "The JSON-RPC of a node of the EVM chain that is anchored on",
    }),
  ),
  contract: optional({
    key: "ASSAY_ANCHOR_CONTRACT",
    part,
    form: "an address, 0x and 40 hexadecimal digits",
    about: "The contract that `assay anchor deploy` made",
  }),
  accountKey: secret(
    optional({
      key: "ASSAY_ANCHOR_KEY",
      part,
      form: "0x and 64 hexadecimal digits",
      about: "The key (secp256k1) of the account that made the contract and pays for the transactions",
      more: "An account of its own, with little on it: nothing else may send from it",
    }),
  ),
  logKey: optional({
    key: "ASSAY_ANCHOR_LOG_KEY",
    part,
    form: KEY_FORM,
    about: "The key (Ed25519) that signs the anchor log, instead of the one in its directory",
    more: "A contract is of one such key. See [keys.md](keys.md)",
  }),
  calendars: text({
    key: "ASSAY_ANCHOR_CALENDARS",
    part,
    form: "http or https URLs, comma-separated",
    empty: true,
    fallback: "",
    about: "Calendars of OpenTimestamps that each head is handed to, at most once in an interval",
    more: "Named as they name themselves, such as `https://alice.btc.calendar.opentimestamps.org`. They cost nothing, and take hours",
  }),
  intervalSeconds: whole({
    key: "ASSAY_ANCHOR_INTERVAL",
    part,
    minimum: 1,
    maximum: 604_800,
    fallback: 600,
    about: "Seconds between two growths of the anchor log: at most one transaction in each",
  }),
  confirmations: whole({
    key: "ASSAY_ANCHOR_CONFIRMATIONS",
    part,
    minimum: 1,
    maximum: 10_000,
    fallback: 32,
    about: "Blocks above the one with the transaction until it counts",
  }),
  maxGwei: whole({
    key: "ASSAY_ANCHOR_MAX_GWEI",
    part,
    minimum: 1,
    maximum: 1_000_000,
    fallback: 50,
    about: "What a unit of gas may cost at most, in gwei: above it anchoring waits",
  }),
  raiseSeconds: whole({
    key: "ASSAY_ANCHOR_RAISE",
    part,
    minimum: 1,
    maximum: 86_400,
    fallback: 300,
    about: "Seconds after which a transaction that is in no block is sent again at a higher price",
  }),
} as const
