//! Everything at once for the remaining minutes: does the server's memory grow?

use super::load::Load;
use super::registries;
use super::writer::Tally;
use super::{Finding, Instance, Soak, Verdict, verdict};
use crate::command::TaskResult;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

const LOAD: Load = Load { writers: 3, readers: 6, visitors: 2 };
const SAMPLE_EVERY: Duration = Duration::from_millis(500);
/// MiB per minute.
const STEEPEST: f64 = 1.0;
const LARGEST_LOG: u64 = 64 * 1024 * 1024;
/// How many more file descriptors do not count as growth: database connections are opened on demand.
const LEEWAY: usize = 8;

/// A measurement, in seconds since the beginning and MiB.
struct Sample {
    at: f64,
    resident: f64,
}

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let instance = soak.instance("memory")?;
    registries::create_standing(&instance.client)?;
    let tally = Tally::default();
    let warm_up = Duration::from_secs(5);
    LOAD.run(&instance.client, &tally, || sleep(warm_up));
    let at_begin = descriptors_at_rest(&instance)?;

    let time = soak.extent.end.saturating_duration_since(Instant::now()).max(soak.extent.memory);
    let (samples, largest_log) = LOAD.run(&instance.client, &tally, || watch(&instance, time))?;
    let at_end = descriptors_at_rest(&instance)?;

    let warm = &samples[samples.len() / 4..];
    let slope = slope(warm);
    let (first, last) = warm.first().zip(warm.last()).ok_or("no sample was taken")?;
    let stands = at_end <= at_begin + LEEWAY && largest_log < LARGEST_LOG && tally.is_clean();
    let is_long = soak.extent.judges_memory;
    Ok(Finding {
        done: format!(
            "{} writers, {} readers and {} visitors for {} s",
            LOAD.writers,
            LOAD.readers,
            LOAD.visitors,
            time.as_secs()
        ),
        found: format!(
            "{tally}; memory {:.1} MiB once warm, {:.1} at the end, slope {slope:+.2} MiB per minute{}; largest write-ahead log {:.1} MiB; file descriptors {at_begin} before, {at_end} after",
            first.resident,
            last.resident,
            if is_long { "" } else { " (too short for a verdict)" },
            largest_log as f64 / 1_048_576.0
        ),
        verdict: match (stands, is_long) {
            (false, _) => Verdict::Fail,
            (true, true) => verdict(slope < STEEPEST),
            (true, false) => Verdict::Reported,
        },
    })
}

/// Measurements, and the largest size of the write-ahead log, during the load.
fn watch(instance: &Instance, time: Duration) -> TaskResult<(Vec<Sample>, u64)> {
    let started = Instant::now();
    let mut samples = Vec::new();
    let mut largest_log = 0;
    while started.elapsed() < time {
        // Far below 2^53, up to which a double is exact.
        let resident = instance.serving.memory_kib("VmRSS")? as f64 / 1024.0;
        samples.push(Sample { at: started.elapsed().as_secs_f64(), resident });
        let log = fs::metadata(instance.data.join("portolan.db-wal")).map_or(0, |metadata| metadata.len());
        largest_log = largest_log.max(log);
        sleep(SAMPLE_EVERY);
    }
    Ok((samples, largest_log))
}

/// The number of open file descriptors once the connections of the load are closed.
fn descriptors_at_rest(instance: &Instance) -> TaskResult<usize> {
    sleep(Duration::from_secs(1));
    instance.serving.descriptors()
}

/// The slope of the least-squares line through the samples, in MiB per minute.
fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let mean = |value: fn(&Sample) -> f64| samples.iter().map(value).sum::<f64>() / count;
    let (at, resident) = (mean(|sample| sample.at), mean(|sample| sample.resident));
    let together: f64 = samples.iter().map(|sample| (sample.at - at) * (sample.resident - resident)).sum();
    let spread: f64 = samples.iter().map(|sample| (sample.at - at).powi(2)).sum();
    if spread > 0.0 { 60.0 * together / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Sample, slope};

    #[test]
    fn r12_the_slope_of_memory_is_in_mebibytes_per_minute() {
        let rising: Vec<_> = (0..10).map(|at| Sample { at: at.into(), resident: 50.0 + 0.5 * f64::from(at) }).collect();
        assert!((slope(&rising) - 30.0).abs() < 1e-9);
        assert!(slope(&rising[..1]).abs() < 1e-9);
    }
}
