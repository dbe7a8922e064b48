/** `npm run demo:onem2m`: the demonstration on ACME CSE. */
import { demoOn } from "../carrier/program.ts"
import { runProgram } from "../command.ts"
import { runCseDemo } from "./run-demo.ts"

await runProgram(
  demoOn(
    "demo:onem2m",
    "a oneM2M CSE",
    `Starts ACME CSE (infra/ci/packages.sh installs it), a node and an adapter as processes. Each device has an AE and a container of its
own and signs what it says; the attacker reaches the CSE and the adapter, and holds no key but that of its own device.`,
    runCseDemo,
  ),
)
