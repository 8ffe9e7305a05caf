import { Column, Entity, PrimaryGeneratedColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the handlers under test write: an application's own table, beside ours. */
@Entity('note')
export class Note {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  text!: string;

  @Column('text')
  delivery!: string;
}

export class CreateNotes1790000000000 implements MigrationInterface {
  name = 'CreateNotes1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE note (id serial PRIMARY KEY, text text NOT NULL, delivery text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE note');
  }
}
