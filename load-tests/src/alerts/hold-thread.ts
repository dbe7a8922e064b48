/**
 * One thread of a process stands still, and the others go on, as where a disk or a page of memory does not answer it: a debugger
 * holds it (ptrace of Linux, by Python's ctypes).
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"

const HOLD = `
import ctypes, os, sys
SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
thread = int(sys.argv[1])
def ptrace(request):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace " + os.strerror(ctypes.get_errno()))
ptrace(SEIZE)
ptrace(INTERRUPT)
os.waitpid(thread, WALL)
print("held", flush=True)
sys.stdin.read()
ptrace(DETACH)
`

/** Threads of a process by their name. */
export const threadsOf = (pid: number, name: string): ReadonlyArray<number> =>
  readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .filter((thread) => readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8").trim() === name)

/** Returns once it stands still. @returns lets it go @throws Error with what Python says */
export const holdThread = async (thread: number): Promise<() => Promise<void>> => {
  const child = spawn("python3", ["-c", HOLD, String(thread)], { stdio: ["pipe", "pipe", "pipe"] })
  let words = ""
  child.stderr.on("data", (bytes: Buffer) => {
    words += bytes.toString()
  })
  const gone = once(child, "close")
  const held = once(child.stdout, "data")
  await Promise.race([held, gone])
  if (child.exitCode !== null) throw new Error(`the thread ${thread} cannot be held: ${words}`)
  return async () => {
    child.stdin.end()
    await gone
  }
}
