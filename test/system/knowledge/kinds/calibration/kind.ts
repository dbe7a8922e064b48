/**
 * A kind that only the test knows: a device's calibration certificate. It has a home (the partition of its device), one item
 * for each device, and the authority of any operator of the bundle.
 */
import { DSSE_MEDIA_TYPE, type KnowledgeKind, type Opened, type Refused, signedByRoots } from "@assay/knowledge"

export interface Calibration {
  readonly version: number
  readonly device: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

export const CALIBRATION_TYPE = "application/vnd.example.calibration+json"

const read = (bytes: Uint8Array): Calibration | null => {
  try {
    const body = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Calibration>
    const fine = typeof body.version === "number" && typeof body.device === "string" && typeof body.expires === "number"
    return fine ? (body as Calibration) : null
  } catch {
    return null // no JSON: the caller says so
  }
}

const payloadOf = (envelope: Uint8Array): Calibration | null => {
  try {
    const { payload } = JSON.parse(Buffer.from(envelope).toString("utf8")) as { payload: string }
    return read(Buffer.from(payload, "base64"))
  } catch {
    return null // no envelope: nobody can say where it belongs
  }
}

export const CALIBRATION: KnowledgeKind<Calibration> = {
  name: "calibration",
  title: "a calibration certificate",
  scope: "home",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 4_096, subjects: 2 },
  required: false,
  subject: (bytes) => payloadOf(bytes)?.device ?? null,
  open: (bytes, { bundle }): Opened<Calibration> | Refused => {
    const operators = bundle?.body.operators.map(({ did }) => did) ?? []
    const signed = signedByRoots(bytes, CALIBRATION_TYPE, { roots: operators, threshold: 1 })
    if ("reasons" in signed) return signed
    const body = read(signed.payload)
    if (body === null) return { reasons: ["control.knowledge_malformed"], detail: "it is no calibration" }
    return { version: body.version, body, subject: body.device }
  },
  project: ({ expires }) => Buffer.from(String(expires)),
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: CALIBRATION_TYPE,
    read: (bytes, { file }) => {
      const body = read(bytes)
      return { body, problems: body === null ? [`${file}: error: it is no calibration`] : [] }
    },
    explain: ({ device }) => [`${device} is calibrated`],
  },
}
