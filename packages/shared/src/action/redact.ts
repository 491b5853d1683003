/** `scheme://user:password@`, up to the last `@` before the path (https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1). */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/]+@/gi;
/** `password=…`, as in a connection string of libpq. */
const SETTING = /\b(password|passwd|pwd)=('[^']*'|"[^"]*"|\S+)/gi;

/** Text without the passwords of addresses and connection strings, such as in an error of a database's driver. */
export function redact(text: string): string {
  return text.replace(USER_INFO, '$1***@').replace(SETTING, '$1=***');
}
