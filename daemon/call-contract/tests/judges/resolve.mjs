// The vendor's packages are written for bundlers: their imports name files without an ending, and folders.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export async function resolve(name, context, next) {
  if (name.startsWith(".") && context.parentURL) {
    const plain = new URL(name, context.parentURL);
    const path = fileURLToPath(plain);
    const folder = existsSync(path) && statSync(path).isDirectory();
    if (folder) return next(`${plain.href}/index.js`, context);
    if (!existsSync(path) && existsSync(`${path}.js`)) return next(`${plain.href}.js`, context);
  }
  return next(name, context);
}
