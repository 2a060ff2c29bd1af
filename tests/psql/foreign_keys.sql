CREATE TABLE parent (id int PRIMARY KEY, code text COLLATE "C" UNIQUE);
CREATE TABLE child (id serial PRIMARY KEY, parent_id int NOT NULL REFERENCES parent ON DELETE CASCADE, code text, up int REFERENCES child, CONSTRAINT by_code FOREIGN KEY (code) REFERENCES parent (code) MATCH FULL ON UPDATE SET NULL NOT VALID);
\d parent
\d child
\d+ child
INSERT INTO child (parent_id) VALUES (1);
\errverbose
