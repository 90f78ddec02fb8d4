/** Error types and messages, as short as they can be read. */

/** `shop.failures.Timeout` → `Timeout`; what is no dotted name stays. */
export function shortType(type: string): string {
  return /^[\w.]+$/.test(type) ? type.slice(type.lastIndexOf(".") + 1) : type;
}

/** SDKs like to put the type in front of the message; beside the type that is said twice. */
export function withoutType(message: string, type: string): string {
  for (const name of [type, shortType(type)]) {
    if (name !== "" && message.startsWith(`${name}: `)) return message.slice(name.length + 2);
  }
  return message;
}
