/** `assay registry query|serve`: asks trust registries, and is one, by TRQP 2.0. */
import { HTTP } from "@assay/settings"
import { choose } from "../choice.ts"
import type { Command } from "../command.ts"
import { DATA_OPTION } from "../open-log.ts"
import { query } from "../registry/query.ts"
import { serve } from "../registry/serve.ts"
import { ROOTS_OPTION } from "../roots.ts"

export const registry: Command = {
  name: "registry",
  summary: "ask trust registries which issuers count, and answer others, by TRQP 2.0",
  usage:
    "registry query --bundle FILE --authority URI --issuers DIDS --allow HOSTS --key FILE --out FILE | registry serve --listen PORT (--bundle FILE | --data DIR)",
  details: `query asks a registry that the bundle names: whether it authorizes each issuer to issue each type, first by itself and then at each level of
assurance that the bundle maps; with --through also which authorities it recognises, and whom these authorize. What it answered becomes a
signed item; assay trust-registry activate brings it into force. The bundle says how many resolvers must sign: the next one gives the
item of the first as --with FILE, asks by itself, and signs where it hears the same.
serve answers POST /authorization and POST /recognition from the bundle in force: its issuers are authorized, its registries recognized.
HOSTS is a file with a host on each line, or a list with commas, as of assay resolver.`,
  takes: 1,
  options: {
    bundle: { type: "string", value: "FILE", help: "the trust bundle, signed or not" },
    authority: {
      type: "string",
      value: "URI",
      help: "query: which registry of the bundle; serve: our own id (default: the trust domain)",
    },
    issuers: { type: "string", value: "DIDS", help: "the issuers that are asked about, with commas" },
    types: {
      type: "string",
      value: "TYPES",
      help: "types of credentials, with commas; those of the bundle's scope where left out",
    },
    through: {
      type: "string",
      value: "AUTHORITY=URL",
      help: "authorities behind it, and where each answers, with commas",
    },
    allow: { type: "string", value: "HOSTS", help: "the hosts that may be asked: a file, or a list" },
    ca: { type: "string", value: "FILE", help: "authorities of their certificates in place of the usual ones, PEM" },
    key: { type: "string", value: "FILE", help: "the key of a resolver of the bundle" },
    with: { type: "string", value: "FILE", help: "the item as another resolver has signed it" },
    out: { type: "string", value: "FILE", help: "where the signed item goes" },
    listen: { type: "string", value: "PORT", help: "answer on this port" },
    host: { type: "string", value: "HOST", default: HTTP.httpHost.fallback, help: "the address that it answers on" },
    "tls-cert": { type: "string", value: "FILE", help: "its certificate, PEM; plain HTTP without, for behind a proxy" },
    "tls-key": { type: "string", value: "FILE", help: "the key of the certificate, PEM" },
    ...ROOTS_OPTION,
    ...DATA_OPTION,
  },
  run: (given, output) => {
    const word = choose("assay registry", given.positionals[0], ["query", "serve"])
    return word === "query" ? query(given, output) : serve(given, output)
  },
}
