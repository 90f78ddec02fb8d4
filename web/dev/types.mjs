// Writes src/api/schema.d.ts from the server's own description of its API.
//   npm run types             asks the Python of the checkout for it
//   npm run types -- --check  only says whether the committed file is current (exit 1 when it is not)
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTypes, { astToString } from "openapi-typescript";

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const target = resolve(root, "web/src/api/schema.d.ts");
const own = resolve(root, ".venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");

const description = execFileSync(python, ["-m", "watchkeeper.api.openapi"], {
  cwd: root,
  env: { ...process.env, PYTHONPATH: resolve(root, "src") },
  maxBuffer: 16 * 1024 * 1024,
});
const banner = "/* Written by `npm run types` from the server's OpenAPI description. Do not edit. */\n\n";
const written = banner + astToString(await openapiTypes(JSON.parse(description)));

if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== written) {
    console.error("web/src/api/schema.d.ts is not what the server's API says: run `npm run types` in web/");
    process.exit(1);
  }
} else {
  writeFileSync(target, written);
}
