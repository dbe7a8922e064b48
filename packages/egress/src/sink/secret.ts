/** Secrets and keys lie in files, and are read when a sink is opened: a renewed one counts at the next start. */
import { readFileSync } from "node:fs"
import { secretInFile } from "@assay/settings"
import * as Redacted from "effect/Redacted"
import { TargetError } from "./target.ts"

const read = (option: string, path: string, how: (path: string) => string): string => {
  try {
    return how(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new TargetError(`${option}: the file ${path} cannot be read (${code})`, { cause })
  }
}

/** @param option that named it, for the message @throws TargetError */
export const fileOf = (option: string, path: string): string => read(option, path, () => readFileSync(path, "utf8"))

/** @throws TargetError where it cannot be read, or is empty */
export const secretOf = (option: string, path: string | null): Redacted.Redacted<string> | null => {
  if (path === null) return null
  const text = read(option, path, secretInFile)
  if (text === "") throw new TargetError(`${option}: the file ${path} is empty`)
  return Redacted.make(text)
}

/** Where it leaves this process. */
export const revealed = (secret: Redacted.Redacted<string> | null): string | null =>
  secret === null ? null : Redacted.value(secret)
