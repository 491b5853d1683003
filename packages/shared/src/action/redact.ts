/** Passwords in addresses, such as that of a database in an error of its driver (https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1). */
export function redact(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@]+(@)/gi, '$1***$2');
}
