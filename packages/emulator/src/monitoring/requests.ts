/** One request that a revision's front end has answered, as the data plane reports it. */
export type AnsweredRequest = {
  service: string;
  revision: string;
  /** HTTP status that the client got. */
  responseCode: number;
  latencyMs: number;
};

export type RequestRecorder = {
  /** Counts a request at the current time of the recorder's own clock. */
  record(request: AnsweredRequest): void;
};
