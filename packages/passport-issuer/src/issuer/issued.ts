/** The passports of one partition that still run, and which of them count no more. Pure. */
import type { IssuedPassport } from "@assay/schemas"

/** A passport that was issued, by whom, and for which key: either may have changed since. */
export interface Kept extends IssuedPassport {
  readonly iss: string
  /** Thumbprint of the device's key. */
  readonly jkt: string
}

type Meant = (passport: Kept) => boolean

/** @throws SyntaxError where it is no JWT */
const keysOf = (jwt: string): Pick<Kept, "iss" | "jkt"> => {
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as {
    readonly iss: unknown
    readonly cnf?: { readonly jkt?: unknown }
  }
  return { iss: String(claims.iss), jkt: String(claims.cnf?.jkt) }
}

/** Below every offset. */
const BEFORE = -1

export class IssuedPassports {
  /** By device; those that count no more are in `#revoked` as well. */
  readonly #byDevice = new Map<string, Array<Kept>>()
  /** When they end, by serial. */
  readonly #revoked = new Map<string, number>()
  /** Serials of passports that count, and that say less of the hardware than is known since. */
  readonly #outdated = new Set<string>()

  /** @throws SyntaxError where it holds no JWT */
  keep(passport: IssuedPassport): void {
    const others = this.#byDevice.get(passport.device) ?? []
    if (others.some(({ serial }) => serial === passport.serial)) return
    this.#byDevice.set(passport.device, [...others, { ...passport, ...keysOf(passport.jwt) }])
  }

  /** What was kept so far was issued before all that the next epoch says. */
  beginEpoch(): void {
    for (const [device, passports] of this.#byDevice)
      this.#byDevice.set(
        device,
        passports.map((passport) => ({ ...passport, audit: BEFORE })),
      )
  }

  /** Those of a device that are meant count no more. */
  revoke(device: string, isMeant: Meant): void {
    for (const passport of this.#byDevice.get(device) ?? [])
      if (isMeant(passport)) this.#revoked.set(passport.serial, passport.expires)
  }

  /** Those of a device that are meant are to be replaced, and count until then. */
  outdate(device: string, isMeant: Meant): void {
    for (const passport of this.#byDevice.get(device) ?? []) if (isMeant(passport)) this.#outdated.add(passport.serial)
  }

  /** Those of a device that are not revoked, oldest first. */
  counting(device: string): ReadonlyArray<Kept> {
    return (this.#byDevice.get(device) ?? []).filter(({ serial }) => !this.#revoked.has(serial))
  }

  isOutdated({ serial }: Kept): boolean {
    return this.#outdated.has(serial)
  }

  /** Serials of passports that run still and count no more. */
  revoked(now: number): ReadonlyArray<string> {
    return [...this.#revoked].flatMap(([serial, expires]) => (expires > now ? [serial] : []))
  }

  /** Forgets what has ended. */
  sweep(now: number): void {
    for (const [serial, expires] of this.#revoked) if (expires <= now) this.#revoked.delete(serial)
    for (const [device, passports] of this.#byDevice) {
      const running = passports.filter(({ expires }) => expires > now)
      for (const { serial, expires } of passports) if (expires <= now) this.#outdated.delete(serial)
      if (running.length === 0) this.#byDevice.delete(device)
      else this.#byDevice.set(device, running)
    }
  }
}
