/** The `detail` of audit events and verdicts, which is JSON text where Assay wrote it. Pure. */

/** The members of that object; null where the text is none: whoever may write to a stream can bring any, and no reader may fail at it. */
export const detailIn = (detail: string | null): Readonly<Record<string, unknown>> | null => {
  if (detail === null) return null
  try {
    const found: unknown = JSON.parse(detail)
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : null
  } catch {
    return null // no JSON: not ours
  }
}
