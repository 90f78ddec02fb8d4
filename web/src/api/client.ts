/**
 * How the pages speak to the server: one `get`, one kind of error.
 *
 * ApiError: the server answered, and refused (carries the problem details).
 * Unreachable: no answer came at all. The two look different to a user, so they differ here.
 */

const TOKEN_KEY = "watchkeeper.token";

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? String(status);
    this.retryable = problem.retryable ?? status >= 500;
    this.hint = problem.hint ?? "";
  }
}

export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
    this.name = "Unreachable";
  }
}

/** RFC 9457 with the two fields every watchkeeper error has. */
interface Problem {
  title: string;
  detail: string;
  code: string;
  retryable: boolean;
  hint: string;
}

/** Values that become `?key=value`; empty ones are left out, lists are repeated. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value as readonly string[]) params.append(key, one);
    else params.append(key, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

export function readToken(): string {
  return sessionStorage.getItem(TOKEN_KEY) ?? "";
}

/** Kept for the tab only: a token on disk would outlive the person at the screen. */
export function keepToken(token: string): void {
  if (token === "") sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

export function authorization(): Record<string, string> {
  const token = readToken();
  return token === "" ? {} : { Authorization: `Bearer ${token}` };
}

/** GET `path`, as JSON of shape T. Throws ApiError or Unreachable; an abort passes through. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path + queryString(query), {
      headers: { Accept: "application/json", ...authorization() },
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  if (response.ok) return (await response.json()) as T;
  const problem = await problemOf(response);
  // A gateway's own "nobody there" is silence, not a refusal.
  if ((response.status === 502 || response.status === 504) && problem.code === undefined) throw new Unreachable();
  throw new ApiError(response.status, problem);
}

/** A proxy between us and the server may answer with a page instead of a problem. */
async function problemOf(response: Response): Promise<Partial<Problem>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return { title: `The server answered ${response.status} ${response.statusText}`.trim() };
  }
}
