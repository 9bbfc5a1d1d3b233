#!/bin/sh
# Runs once, when the database folder is empty: the owner role (migrations) and the runtime roles, none of them superuser.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$OKTEE_OWNER_PASSWORD" --set app_password="$OKTEE_APP_PASSWORD" --set staff_password="$OKTEE_STAFF_PASSWORD" <<'SQL'
create role oktee_owner login nosuperuser nobypassrls password :'owner_password';
create role oktee_app login nosuperuser nobypassrls password :'app_password';
create role oktee_staff login nosuperuser nobypassrls password :'staff_password';
alter role oktee_app set idle_in_transaction_session_timeout = '15s';
alter role oktee_staff set idle_in_transaction_session_timeout = '15s';
alter role oktee_app set statement_timeout = '60s';
alter role oktee_staff set statement_timeout = '5s';
create database oktee owner oktee_owner;
\connect oktee
create extension if not exists pg_stat_statements;
create extension if not exists pg_trgm;
create extension if not exists btree_gin;
create extension if not exists citext;
grant usage on schema public to oktee_owner, oktee_app, oktee_staff;
grant create on schema public to oktee_owner;
alter default privileges for role oktee_owner grant select, insert, update, delete on tables to oktee_app;
alter default privileges for role oktee_owner grant usage on sequences to oktee_app;
SQL
