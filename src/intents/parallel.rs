//! Work side by side on the processors that there are.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// More threads than this gain little and cost memory.
const MOST_THREADS: usize = 4;

/// As many parts of all, in order, as there are threads to work on them, each about as much work as the others.
pub(super) fn parts<T>(all: &[T], work_of: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_THREADS);
    let share = all.iter().map(&work_of).sum::<usize>() / threads + 1;
    let mut work = 0;
    all.chunk_by(move |one, _| {
        let part = work / share;
        work += work_of(one);
        work / share == part
    })
}

/// Does something with each, every one on a thread of its own. What came of it, in their order.
pub(super) fn side_by_side<T: Send, R: Send>(
    each: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = each.into_iter().map(|one| scope.spawn(move || work(one))).collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Does two things side by side.
pub(super) fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_there_in_order_and_alike_in_work() {
        let work: Vec<usize> = (0..1_000).collect();
        let parts: Vec<&[usize]> = parts(&work, |n| *n).collect();
        assert_eq!(parts.concat(), work);
        assert!(parts.len() <= MOST_THREADS);
        let fair = work.iter().sum::<usize>() / parts.len();
        for part in parts {
            let done: usize = part.iter().sum();
            assert!(done.abs_diff(fair) <= 1_000, "{done} beside {fair}");
        }
    }

    #[test]
    fn what_comes_of_each_stands_in_its_place() {
        assert_eq!(side_by_side([3, 1, 2], |n| n * n), [9, 1, 4]);
        assert_eq!(both(|| 1, || 2), (1, 2));
        assert_eq!(parts(&[] as &[u8], |_| 1).count(), 0);
    }

    #[test]
    #[should_panic(expected = "the second can't")]
    fn a_panic_is_passed_on() {
        side_by_side([1, 2], |n| assert!(n == 1, "the second can't"));
    }
}
