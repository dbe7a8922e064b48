/** Why a call is refused: a stable code, and a sentence that says what to change. */
export class EnrolmentRefused extends Error {
  readonly status: 400 | 403 | 409 | 503
  readonly code: `enrolment.${string}`

  constructor(status: 400 | 403 | 409 | 503, code: `enrolment.${string}`, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
