use super::*;

fn cache(entries: usize, bytes: usize, eviction: Eviction) -> Cache {
    let cache = Cache::new(bytes);
    cache.configure(entries, eviction, 6);
    cache
}

fn put(cache: &Cache, ids: impl IntoIterator<Item = u32>) {
    for id in ids {
        cache.put(6, id, Bytes::from(vec![id as u8; 10]));
    }
}

fn kept(cache: &Cache) -> Vec<u32> {
    let inner = cache.lock();
    let (mut ids, mut at) = (Vec::new(), inner.newest);
    while let Some(slot) = inner.slots.get(at) {
        assert_eq!((inner.index[&slot.id], slot.report[0]), (at, slot.id as u8));
        ids.push(slot.id);
        at = slot.older;
    }
    assert_eq!((ids.len(), ids.len()), (inner.slots.len(), inner.index.len()));
    ids
}

#[test]
fn the_first_in_or_the_least_recently_used_leaves() {
    for (eviction, left) in [(Eviction::Fifo, [4, 3, 2]), (Eviction::Lru, [4, 1, 3])] {
        let cache = cache(3, 1_000, eviction);
        put(&cache, [1, 2, 3]);
        assert_eq!(cache.get(1).unwrap(), vec![1; 10]);
        put(&cache, [4]);
        assert_eq!(kept(&cache), left, "{eviction:?}");
    }
}

#[test]
fn it_stays_within_its_entries_and_bytes() {
    let cache = cache(100, 45, Eviction::Lru);
    put(&cache, 0..10);
    assert_eq!((kept(&cache), cache.usage()), (vec![9, 8, 7, 6], (4, 40)));
    cache.put(6, 99, Bytes::from(vec![0; 46]));
    assert_eq!(cache.usage(), (4, 40), "what can never fit displaces nothing");
    put(&cache, [9, 9]);
    assert_eq!(cache.usage(), (4, 40), "what is there is not stored twice");
    cache.configure(2, Eviction::Lru, 6);
    assert_eq!(kept(&cache), [9, 8]);
    cache.configure(0, Eviction::Lru, 6);
    put(&cache, [1]);
    assert_eq!((kept(&cache), cache.usage()), (vec![], (0, 0)));
}

#[test]
fn another_level_empties_it_and_late_reports_of_the_old_one_are_not_kept() {
    let cache = cache(10, 1_000, Eviction::Fifo);
    put(&cache, [1, 2]);
    cache.configure(20, Eviction::Lru, 6);
    assert_eq!(kept(&cache), [2, 1]);
    cache.configure(20, Eviction::Lru, 1);
    put(&cache, [3]);
    assert_eq!(cache.usage(), (0, 0));
}

#[test]
fn it_agrees_with_a_plain_list_after_many_random_steps() {
    let random = crate::random::Random::new(5);
    for eviction in [Eviction::Fifo, Eviction::Lru] {
        let cache = cache(8, 10_000, eviction);
        let mut model: Vec<u32> = Vec::new();
        for _ in 0..5_000 {
            let id = random.below(20);
            let place = model.iter().position(|&other| other == id);
            if random.below(2) == 0 {
                assert_eq!(cache.get(id).is_some(), place.is_some());
                if let Some(place) = place.filter(|_| eviction == Eviction::Lru) {
                    model.remove(place);
                    model.insert(0, id);
                }
            } else {
                put(&cache, [id]);
                if place.is_none() {
                    model.insert(0, id);
                    model.truncate(8);
                }
            }
            assert_eq!(kept(&cache), model);
        }
    }
}
