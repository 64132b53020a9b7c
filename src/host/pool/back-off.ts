/** Holds back the next start after replicas have died or failed to start. */
export interface BackOff {
  /** Whether nothing may be started yet. */
  readonly isPausing: boolean;
  /** One round of starts: failures of replicas that were started in the same round count once. */
  readonly round: number;
  /** A replica of this round has died or failed to start. The pause is doubled each time, until one works. */
  failed(round: number): void;
  /** A replica of this round has shown that it works. An older one proves nothing of those that failed since. */
  worked(round: number): void;
  end(): void;
}

const firstPauseMs = 100;
const longestPauseMs = 30_000;

export function backOff(onOver: () => void): BackOff {
  let round = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const over = () => {
    timer = undefined;
    onOver();
  };
  return {
    get isPausing() {
      return timer !== undefined;
    },
    get round() {
      return round;
    },
    failed: (ofRound) => {
      if (ofRound < round) return;
      round++;
      clearTimeout(timer);
      timer = setTimeout(over, Math.min(longestPauseMs, firstPauseMs * 2 ** failures));
      failures++;
    },
    worked: (ofRound) => {
      if (ofRound === round) failures = 0;
    },
    end: () => clearTimeout(timer),
  };
}
