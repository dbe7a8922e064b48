/** CPU time of other processes, as the kernel counts it: threads, garbage collection and system calls included. */
import { readFileSync } from "node:fs"

/** `USER_HZ`: what /proc counts in, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export interface Process {
  readonly name: string
  readonly pid: number
}

/** Microseconds of one core so far, in steps of 10 ms; null where the process is gone or there is no /proc. */
export const cpuOf = (pid: number): number | null => {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  } catch {
    return null
  }
  // The name stands in parentheses and may hold anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND
}

/** Microseconds of CPU by process name; null for one that is unknown (or ended in between). */
export type Spent = Readonly<Record<string, number | null>>

/** Starts to count. @returns what tells the CPU spent since then; processes of one name are added up */
export const startCounting = (processes: ReadonlyArray<Process>): (() => Spent) => {
  const before = processes.map(({ pid }) => cpuOf(pid))
  return () => {
    const spent: Record<string, number | null> = {}
    processes.forEach(({ name, pid }, at) => {
      const [from, to] = [before[at]!, cpuOf(pid)]
      const own = from === null || to === null ? null : to - from
      const sum = spent[name]
      spent[name] = own === null || sum === null ? null : (sum ?? 0) + own
    })
    return spent
  }
}

/** The sum, without those that are unknown. */
export const totalOf = (spent: Spent): number => Object.values(spent).reduce<number>((sum, us) => sum + (us ?? 0), 0)

/** Microseconds that all cores were busy so far, whoever used them; null where there is no /proc. */
export const machineCpu = (): number | null => {
  let stat: string
  try {
    stat = readFileSync("/proc/stat", "utf8")
  } catch {
    return null
  }
  // user, nice, system, idle, iowait, irq, softirq, steal
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = stat
    .split("\n", 1)[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return ((user + nice + system + irq + softirq + steal) * 1e6) / TICKS_PER_SECOND
}
