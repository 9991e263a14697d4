-- The loop over the pages of a search that one writes with pgsql-http.
CREATE OR REPLACE FUNCTION chain(url text, fields text)
RETURNS TABLE (key text, summary text, status text, issue_type text, project text, priority text,
               assignee text, reporter text, created timestamptz, updated timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    token text := '';
    page jsonb;
BEGIN
    PERFORM http_set_curlopt('CURLOPT_TCP_KEEPALIVE', '1');
    LOOP
        page := content::jsonb FROM http_get(url || '/rest/api/2/search/jql?jql=project+%3D+BULK&maxResults=100&fields=' || fields || token);
        RETURN QUERY
            SELECT i ->> 'key', f ->> 'summary', f #>> '{status,name}', f #>> '{issuetype,name}', f #>> '{project,key}',
                   f #>> '{priority,name}', f #>> '{assignee,accountId}', f #>> '{reporter,accountId}',
                   (f ->> 'created')::timestamptz, (f ->> 'updated')::timestamptz
            FROM jsonb_array_elements(page -> 'issues') AS i, LATERAL (SELECT i -> 'fields') AS r (f);
        EXIT WHEN page ->> 'nextPageToken' IS NULL;
        token := '&nextPageToken=' || (page ->> 'nextPageToken');
    END LOOP;
END $$;
