import type { Log } from '../action/log.ts';
import { wordsOf } from '../action/paint.ts';
import type { RecordPort } from './recorder.ts';

/** The same log, with every line that stays kept for the report. */
export function recordingLog(log: Log, { recordLine }: Pick<RecordPort, 'recordLine'>): Log {
  let group = '';
  return {
    info(text) {
      recordLine({ level: 'info', group, text: wordsOf(text) });
      log.info(text);
    },
    status: (text) => log.status(text),
    debug: (text) => log.debug(text),
    notice(text, options) {
      recordLine({ level: 'notice', group, text });
      log.notice(text, options);
    },
    warning(text) {
      recordLine({ level: 'warning', group, text });
      log.warning(text);
    },
    error(text, options) {
      recordLine({ level: 'error', group, text });
      log.error(text, options);
    },
    group(title, body) {
      return log.group(title, async () => {
        const outer = group;
        group = title;
        recordLine({ level: 'group', group, text: title });
        try {
          return await body();
        } finally {
          group = outer;
        }
      });
    },
  };
}
