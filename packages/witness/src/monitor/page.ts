/** The page of a monitor: what each log shows, which checkpoint is common, and every alarm. No script, nothing from elsewhere. */
import type { View } from "./follow.ts"

const escaped = (text: string): string => text.replace(/[&<>"'\p{C}]/gu, (sign) => `&#${sign.codePointAt(0)};`)

const at = (time: number | null): string => (time === null ? "" : new Date(time).toISOString())

const rowOf = ({ log, size, common, witnesses, chain, alarms }: View): string => {
  const seen = witnesses
    .map(
      ({ name, size, time, problem }) => `${escaped(name)}: ${size ?? "-"} ${at(time)} ${escaped(problem ?? "agrees")}`,
    )
    .concat(chain === undefined ? [] : [`contract ${escaped(chain.contract)}: ${chain.size ?? "-"}`])
    .join("<br>")
  const alarmsText = alarms.map(({ kind, text }) => `<b>${kind}</b>: ${escaped(text)}`).join("<br>")
  const shared =
    common === null ? "none" : `${common.size} leaves, ${at(common.time)}, ${escaped(common.by.join(", "))}`
  return `<tr class="${alarms.length > 0 ? "alarm" : "good"}"><td>${escaped(log)}</td><td>${size ?? "-"}</td><td>${shared}</td><td>${seen}</td><td>${alarmsText || "none"}</td></tr>`
}

const STYLE =
  "body{font:14px sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;padding:4px;text-align:left;vertical-align:top}.alarm{background:#fdd}.good{background:#efe}"

/** @param time of the round that it shows, milliseconds since 1970; null before the first */
export const pageOf = (views: ReadonlyArray<View>, time: number | null): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Logs and witnesses</title><style>${STYLE}</style>
<h1>Logs and witnesses</h1><p>As of ${time === null ? "nothing yet" : at(time)}.</p>
<table><tr><th>log</th><th>leaves</th><th>last common checkpoint</th><th>witnesses</th><th>alarms</th></tr>
${views.map(rowOf).join("\n")}
</table></html>\n`
