/**
 * Recording rules and alerts of the objectives: burn rates over two windows each, as the SRE workbook has them ("Alerting on
 * SLOs", 6). The long window says that it matters, the short one that it still goes on, so that an alert ends soon after its cause.
 */
import { ANCHORED, type BudgetObjective, DECISIONS, LAG, UNPROVEN, type ZeroObjective } from "./objectives.ts"

export interface Burn {
  readonly long: string
  readonly short: string
  /** How many times faster than in 30 days the budget goes. */
  readonly rate: number
  readonly severity: "page" | "ticket"
}

/** 2 % of the budget of 30 days in an hour, 5 % in six hours; 10 % in a day, 10 % in three days. */
export const BURNS: ReadonlyArray<Burn> = [
  { long: "1h", short: "5m", rate: 14.4, severity: "page" },
  { long: "6h", short: "30m", rate: 6, severity: "page" },
  { long: "1d", short: "2h", rate: 3, severity: "ticket" },
  { long: "3d", short: "6h", rate: 1, severity: "ticket" },
]

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: "page" | "ticket" }
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string }
}

export interface Group {
  readonly name: string
  readonly rules: ReadonlyArray<RecordingRule | AlertRule>
}

const WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
const runbook = (alert: string): string => `docs/guides/operations.md#alert-${alert.toLowerCase()}`
const recordOf = (name: string, window: string): string => `assay:${name}:ratio_rate${window}`

/** Without the noise of binary fractions: 14.4 * 0.001 is 0.0144. */
const bound = (rate: number, target: number): number => Number((rate * (1 - target)).toPrecision(6))

const burning = ({ name, target }: BudgetObjective, burns: ReadonlyArray<Burn>): string =>
  burns
    .map(({ long, short, rate }) => {
      const over = bound(rate, target)
      return `(${recordOf(name, long)} > ${over} and ${recordOf(name, short)} > ${over})`
    })
    .join(" or ")

const budgetAlerts = (objective: BudgetObjective): ReadonlyArray<AlertRule> => {
  const { page, ticket, promise } = objective
  const alertOf = (
    { alert, summary }: BudgetObjective["ticket"],
    severity: Burn["severity"],
    burns: ReadonlyArray<Burn>,
    pace: string,
  ): AlertRule => ({
    alert,
    expr: burning(objective, burns),
    labels: { severity },
    annotations: { summary, description: `${promise}. ${pace}`, runbook_url: runbook(alert) },
  })
  const of = (severity: Burn["severity"]): ReadonlyArray<Burn> => BURNS.filter((burn) => burn.severity === severity)
  const fast = "At this rate the error budget of a month is gone in two to five days."
  const slow = "At this rate the error budget of a month is gone before the month is over."
  if (page === null) return [alertOf(ticket, "ticket", BURNS, slow)]
  return [alertOf(page, "page", of("page"), fast), alertOf(ticket, "ticket", of("ticket"), slow)]
}

const budgetGroup = (objective: BudgetObjective): Group => ({
  name: `assay-slo-${objective.name.replaceAll("_", "-")}`,
  rules: [
    ...(objective.base === undefined ? [] : [objective.base]),
    ...WINDOWS.map((window) => ({ record: recordOf(objective.name, window), expr: objective.badShare(window) })),
    ...budgetAlerts(objective),
  ],
})

const zeroGroup = ({ name, counters, alert, summary, description }: ZeroObjective): Group => {
  const record = `assay:${name}:increase1h`
  // A counter that appears with its first event has no increase yet: then its value counts.
  const increases = counters.map(
    (counter) =>
      `(sum(increase(${counter}[1h])) or vector(0)) + (sum(${counter} unless ${counter} offset 1h) or vector(0))`,
  )
  return {
    name: `assay-slo-${name.replaceAll("_", "-")}`,
    rules: [
      { record, expr: increases.join(" + ") },
      {
        alert,
        expr: `${record} > 0`,
        labels: { severity: "page" },
        annotations: { summary, description, runbook_url: runbook(alert) },
      },
    ],
  }
}

export const sloGroups = (): ReadonlyArray<Group> => [
  budgetGroup(DECISIONS),
  zeroGroup(UNPROVEN),
  budgetGroup(LAG),
  budgetGroup(ANCHORED),
]
