/** Whether a host (`localhost`, `127.0.0.1:5000`, `[::1]`) is this machine: the only place where plain HTTP is spoken. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i.test(host);
}
