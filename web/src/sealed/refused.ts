/** Why a sealed question is not shown; the words for people are under `sealed.why.<reason>`. */
export type Reason =
  | 'no_keys' // this browser is no device that could open it
  | 'locked'
  | 'deleted' // the relay keeps what was sealed for a day
  | 'unreadable'
  | 'not_for_us'
  | 'changed'
  | 'unapproved'
  | 'other_account'
  | 'other_log'
  | 'other_kind'
  | 'time'
  | 'replay'
  | 'log_forged';

export class Refused extends Error {
  constructor(readonly reason: Reason) {
    super(reason);
  }
}
