/** A file with an item of knowledge, signed or not, for commands that compare: it need not be in force, nor come into force. */
import { hashOfBody, type KnowledgeKind, openItem } from "@assay/knowledge"
import type { Active, RootSet } from "@assay/trust"
import { UsageError } from "./command.ts"
import { readInput } from "./files.ts"

export interface KnowledgeFile {
  readonly kind: KnowledgeKind
  readonly file: string
  /** `hash` is that of the file: an unsigned one will have another when it is signed. */
  readonly active: Active<unknown>
  readonly isSigned: boolean
}

const isEnvelope = (bytes: Uint8Array): boolean => {
  try {
    const { payload, payloadType, signatures } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<
      string,
      unknown
    >
    return typeof payload === "string" && typeof payloadType === "string" && Array.isArray(signatures)
  } catch {
    return false // no JSON: a plain file of a kind that is written in YAML, or one that its reader will refuse
  }
}

/**
 * @param roots asked for where the file is signed: what its roots did not sign is refused
 * @throws UsageError with file, line and key of every error
 */
export const readKnowledgeFile = (kind: KnowledgeKind, file: string, roots: () => RootSet): KnowledgeFile => {
  const bytes = readInput(file, `the ${kind.name}`)
  if (isEnvelope(bytes)) {
    // Whose key counts, a bundle of the log says, and it is not at hand.
    if (kind.authority !== "roots") throw new UsageError(`${file} is signed: name the plain file of ${kind.title}`)
    const opened = openItem(kind, bytes, { roots: roots(), bundle: null })
    if ("reasons" in opened) throw new UsageError(`${file}: ${opened.reasons.join(", ")}: ${opened.detail}`)
    return { kind, file, active: opened.active, isSigned: true }
  }
  const { body, problems } = kind.plain.read(bytes, { file })
  if (body === null) throw new UsageError(`${kind.title} is refused\n${problems.join("\n")}`)
  const { version } = body as { readonly version: number }
  return {
    kind,
    file,
    active: { hash: hashOfBody(bytes), version, expires: kind.expiresAt(body), body },
    isSigned: false,
  }
}
