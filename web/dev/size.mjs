// Fails when the scripts a first visit needs grow past the budget. Run after the build.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 250;
const dist = resolve(fileURLToPath(import.meta.url), "../../dist");
const page = readFileSync(resolve(dist, "index.html"), "utf8");
const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const total = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(resolve(dist, name))).length, 0) / 1000;

console.log(`initial scripts: ${total.toFixed(0)} kB gzip in ${scripts.length} files (budget ${BUDGET_KB})`);
if (scripts.length === 0 || total > BUDGET_KB) process.exit(1);
