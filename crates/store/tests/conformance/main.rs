//! What the ports promise, held on every database: in memory and in a file always, on PostgreSQL where
//! `LATCHKEY_TEST_POSTGRES` names a server (`.ci/with-postgres` does).

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that isn't so")]
#![expect(clippy::assigning_clones, clippy::cloned_ref_to_slice_refs, reason = "the plain form reads better in a test")]

mod access;
mod accounts;
mod action_tokens;
mod apis;
mod apps;
mod audit;
mod changes;
mod client_keys;
mod credentials;
mod database;
mod double_spend;
mod fixture;
mod idempotency;
mod imported_keys;
mod initial_access_tokens;
mod keys;
mod keys_list;
mod leaks;
mod limits;
mod members;
mod migrations;
mod notices;
mod operations;
mod orgs;
mod quotas;
mod redeemed_once;
mod service_accounts;
mod sessions;
mod signing;
mod sqlite_file;
mod tiers;
mod tokens;
mod trusted_issuers;
mod usage;
mod webhooks;

/// A test of each case on each database.
macro_rules! cases {
    ($($area:ident { $($case:ident)* })*) => {
        mod memory {
            $(mod $area { $(#[tokio::test(flavor = "multi_thread")] async fn $case() {
                crate::database::in_memory(async |fixture| crate::$area::$case(fixture).await).await;
            })* })*
        }
        mod file {
            $(mod $area { $(#[tokio::test(flavor = "multi_thread")] async fn $case() {
                crate::database::in_file(async |fixture| crate::$area::$case(fixture).await).await;
            })* })*
        }
        mod postgres {
            $(mod $area { $(#[tokio::test(flavor = "multi_thread")] async fn $case() {
                crate::database::on_postgres(async |fixture, _| crate::$area::$case(fixture).await).await;
            })* })*
        }
    };
}

cases! {
    accounts { a_person_keeps_the_id_of_the_first_sign_in owner_invitations_are_claimed_once }
    orgs {
        an_organisation_reads_back a_taken_slug_writes_nothing changes_and_suspension lists_page_by_slug_and_search
        memberships_name_the_role management_keys_live_and_end
    }
    members {
        the_last_owner_stays owners_who_unmake_each_other_leave_one a_role_that_changed_meanwhile_is_kept an_invitation_is_accepted_once
        closed_invitations_stay_closed members_are_not_accepted_again members_page_by_name
        an_address_has_one_open_link open_invitations_are_bounded invitations_page_newest_first
    }
    apis {
        an_api_reads_back an_audience_is_unique_and_stays_with_its_organisation live_credentials_keep_an_api
        no_key_slips_in_while_an_api_is_deleted lists_search_and_page the_catalogue_shows_public_apis
        verification_keys_live_and_end
    }
    access {
        a_policy_changes_by_member access_requests_are_decided_once approvals_at_once_add_up consumers_are_counted
        consumers_page_by_slug access_requests_page_newest_first
    }
    keys {
        a_key_reads_back a_key_for_a_missing_api_is_refused changes_stop_with_revocation rotation_keeps_two_generations
        of_two_rotations_one_wins disabling_and_revoking_again_writes_nothing parallel_revocations_write_one_audit_row
        hashes_upgrade_only_where_unchanged verification_sees_holder_api_and_policy
    }
    imported_keys {
        imported_keys_are_found_by_their_index an_import_is_all_or_nothing the_first_import_is_a_change_of_the_api
        hash_and_index_move_together of_parallel_imports_one_wins
    }
    keys_list { pages_hold_every_key_once filters_narrow many_keys_list_fast a_bad_cursor_is_named }
    leaks {
        a_place_is_noted_once places_of_a_secret_are_bounded of_two_secrets_of_a_key_one_ends
        a_grace_is_never_longer_than_before secrets_of_every_kind_end an_ended_client_secret_makes_room
        parallel_ends_write_one_audit_row
    }
    apps {
        an_app_reads_back changes_replace_grants two_secrets_are_the_most parallel_secrets_stay_two
        a_used_app_stays states_of_an_app lists_search_and_page
    }
    client_keys {
        keys_live_and_end parallel_keys_stay_ten a_change_replaces_keys a_secret_is_traded_once
        only_an_app_that_trades_secrets_does
    }
    service_accounts {
        an_account_reads_back account_changes_replace_grants an_account_keeps_its_api states_of_an_account
        a_used_account_stays accounts_list_search_and_page keys_of_apps_and_accounts parallel_keys_stay_ten
        workload_rules_read_back
    }
    initial_access_tokens {
        a_token_lives_and_ends no_more_than_a_hundred_hold uses_are_never_overspent what_does_not_hold_registers_nothing
    }
    action_tokens {
        an_action_token_lives_and_ends an_action_token_is_swapped_once what_does_not_hold_is_not_swapped
        an_action_token_keeps_its_api
    }
    quotas { a_quota_counts_a_day a_quota_is_never_overspent each_warning_is_noted_once }
    limits {
        what_was_decided_reads_back an_exact_limit_is_the_algorithm credits_are_refilled_when_they_are_spent
        all_counters_are_spent_or_none counters_are_never_overspent
        first_calls_at_once_all_have_their_credits credits_that_begin_empty_are_refilled replicas_add_what_they_counted
        a_warning_is_noted_once_a_day a_deleted_api_takes_its_consumers_counts_along
    }
    tiers {
        a_tier_is_a_change_of_the_organisation_and_its_apis addresses_read_back_and_change
        facts_are_of_live_credentials_of_every_kind an_api_owner_asks_about_others_too networks_are_bounded_and_forgotten
    }
    credentials { operators_find_by_id_name_and_slug an_api_owner_sees_all_kinds }
    signing {
        the_first_keys_are_inserted_once rotation_and_revocation each_algorithm_has_its_pair of_two_rotations_one_wins
        resealing_and_expiry
    }
    tokens { an_opaque_token_reads_back a_revocation_is_a_change_once expired_tokens_go }
    trusted_issuers { a_trusted_issuer_reads_back an_issuer_is_trusted_once_by_each }
    operations {
        a_table_reads_back_and_is_replaced a_draft_is_kept_until_it_is_applied_or_discarded grants_follow_the_table_in_force
        grants_of_accounts_follow_too live_credentials_are_those_that_are_neither_ended_nor_expired
        unknown_operations_add_up_and_are_bounded
    }
    notices {
        a_source_is_told_once of_parallel_tellers_one_tells the_log_is_read_on_and_never_back
        what_expires_soon_is_found_once_a_threshold each_person_reads_for_themselves mails_go_to_who_wants_them_and_may
    }
    webhooks {
        a_webhook_reads_back secrets_are_replaced_where_they_are_the_same a_delivery_is_claimed_tried_and_finished
        each_delivery_is_claimed_by_one organisations_take_turns_and_suspended_ones_wait mails_of_one_person_are_gathered
    }
    usage {
        a_batch_counts_once buckets_groups_and_sides parallel_batches_lose_nothing last_uses_move_forward
        old_minutes_and_hours_go large_batches_fit
    }
    audit { filters_and_pages }
    sessions {
        a_session_lives_and_ends sessions_of_a_person a_slot_is_read_once of_two_readers_one_gets_the_slot
        expired_rows_go
    }
    idempotency { the_same_call_gets_the_same_answer of_parallel_calls_one_is_first keys_come_free }
    changes {
        every_write_has_its_revision listeners_run_before_the_answer a_follower_passes_over_nothing
        cancelled_writers_leave_nothing_open texts_with_nul_are_never_found
    }
}
