function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requestsPerSecond":%f,"errors":%d,"p50":%f,"p95":%f,"p99":%f}',
    summary.requests / summary.duration * 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000,
    latency:percentile(95) / 1000,
    latency:percentile(99) / 1000
  ))
end
