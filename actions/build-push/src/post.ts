import { createState } from '@apex-actions/shared/action/state';
import { z } from 'zod';
import { removeLogin } from './login.ts';

/** The folder of this step's own docker login, saved before the login is written. */
export const loginFolder = createState('login', z.string());

/** Removes the login, where main did not come to it. */
export function post(): void {
  const directory = loginFolder.read();
  if (directory !== undefined) removeLogin(directory);
}
